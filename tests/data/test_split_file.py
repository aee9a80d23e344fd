import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.data.manifest import Manifest
from pleura.data.split import make_split
from pleura.data.split_file import load_or_make_split
from pleura.errors import InputError
from pleura.files import digest_of
from tests.data.splits import USUAL, manifest_of, usual, usual_manifest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    load_or_make_split(tmp_path / "split.json", usual_manifest(), USUAL)
    return tmp_path / "split.json"


def test_is_read_again_not_drawn_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np.random, "default_rng", None)
    again = load_or_make_split(path, usual_manifest(), USUAL)
    monkeypatch.undo()
    drawn = make_split(usual_manifest(), USUAL)
    assert (again.hash, again.folds, again.notes) == (drawn.hash, drawn.folds, drawn.notes)
    pd.testing.assert_frame_equal(again.counts, drawn.counts)
    for key, parts in drawn.drawn.items():
        np.testing.assert_array_equal(again.drawn[key].validation, parts.validation)


def test_notes_are_the_same_when_read_again(tmp_path: Path) -> None:
    manifest = replace(
        manifest_of([f"p{i}" for i in range(42)], ["a"] * 39 + ["b"] * 3), labelled=False
    )
    notes = [load_or_make_split(tmp_path / "s.json", manifest, USUAL).notes for _ in range(2)]
    assert notes[0] == notes[1]
    assert len(notes[0]) == 1


def test_further_columns_leave_it_as_it_is(path: Path) -> None:
    manifest = usual_manifest()
    more = replace(manifest, table=manifest.table.assign(flag="1"), extras=("flag",))
    assert load_or_make_split(path, more, USUAL).hash == make_split(manifest, USUAL).hash


def test_another_rule_is_named(path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_or_make_split(path, usual_manifest(), usual(seeds=[0, 2], validation=0.4))
    assert caught.value.problems == (
        "validation: 0.2 in the file, 0.4 now",
        "seeds: [0, 1] in the file, [0, 2] now",
    )
    assert "new --out" in caught.value.heading


def test_more_seeds_and_fractions_leave_what_was_drawn_as_it_was(path: Path) -> None:
    before = load_or_make_split(path, usual_manifest(), USUAL)
    more = usual(seeds=[2, *USUAL.seeds], fractions=[*USUAL.fractions, 0.77])
    after = load_or_make_split(path, usual_manifest(), more)
    assert len(after.drawn) > len(before.drawn)
    for key, parts in before.drawn.items():
        np.testing.assert_array_equal(after.drawn[key].train, parts.train)
        np.testing.assert_array_equal(after.drawn[key].validation, parts.validation)
    assert load_or_make_split(path, usual_manifest(), more).hash == after.hash


def test_without_write_no_file_is_made_or_changed(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    more = usual(seeds=[2, *USUAL.seeds])
    larger = load_or_make_split(path, usual_manifest(), more, write=False)
    assert path.read_bytes() == before
    assert larger.hash == make_split(usual_manifest(), more).hash
    first = load_or_make_split(tmp_path / "none.json", usual_manifest(), USUAL, write=False)
    assert first.hash == make_split(usual_manifest(), USUAL).hash
    assert not (tmp_path / "none.json").exists()


def test_a_draw_that_cannot_be_repeated_is_not_added_to(path: Path) -> None:
    content = json.loads(path.read_text())
    first = content["folds"][0]["draws"][0]["fractions"][0]
    first["adds_train"], first["adds_validation"] = first["adds_validation"], first["adds_train"]
    content["hash"] = digest_of({"manifest": usual_manifest().key, "folds": content["folds"]})
    path.write_text(json.dumps(content))
    load_or_make_split(path, usual_manifest(), USUAL)
    with pytest.raises(InputError, match="more seeds cannot be added"):
        load_or_make_split(path, usual_manifest(), usual(seeds=[0, 1, 2]))


def test_another_manifest_is_named(path: Path) -> None:
    with pytest.raises(InputError, match="images: 60 in the file, 62 now"):
        load_or_make_split(path, usual_manifest(62), USUAL)


def test_an_edited_leak_names_patient_and_rows(path: Path) -> None:
    content = json.loads(path.read_text())
    leaked = content["folds"][0]["test"][0]
    content["folds"][0]["draws"][0]["fractions"][0]["adds_train"].append(leaked)
    path.write_text(json.dumps(content))
    first = 2 * int(leaked[1:]) + 2
    rows = f"(rows {first}, {first + 1})"
    with pytest.raises(InputError) as caught:
        load_or_make_split(path, usual_manifest(), USUAL)
    assert caught.value.problems == (f"patient {leaked} is in train {rows} and in test {rows}",)


def test_moved_labels_are_named(path: Path) -> None:
    manifest = usual_manifest()
    table = manifest.table.assign(label=manifest.table["label"].to_numpy()[::-1])
    swapped = Manifest(table, manifest.classes, manifest.origin)
    with pytest.raises(InputError, match="digest of the paths, labels and patients: "):
        load_or_make_split(path, swapped, USUAL)


def test_any_other_edit_is_refused(path: Path) -> None:
    content = json.loads(path.read_text())
    content["folds"][0]["draws"][0]["fractions"][0]["adds_train"].pop()
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="was edited"):
        load_or_make_split(path, usual_manifest(), USUAL)


@pytest.mark.parametrize("contents", ["", "[]", "{}", '{"rule": 1, "manifest": 2}'])
def test_another_file_is_refused(path: Path, contents: str) -> None:
    path.write_text(contents)
    with pytest.raises(InputError, match="not a split of pleura"):
        load_or_make_split(path, usual_manifest(), USUAL)
