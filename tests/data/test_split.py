import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pleura.data.holdout import Rules
from pleura.data.manifest import OPTIONAL, Manifest, read_manifest
from pleura.data.split import Parts, Split, load_or_make_split, make_split
from pleura.errors import InputError


class Arguments(TypedDict):
    test: str | float | None
    folds: int | None
    validation: float
    seeds: Sequence[int]
    fractions: Sequence[float]
    rules: Rules


USUAL: Arguments = {
    "test": 0.25,
    "folds": None,
    "validation": 0.2,
    "seeds": [0, 1],
    "fractions": [0.5, 1.0],
    "rules": {},
}


def usual(**changes: Any) -> Arguments:
    return cast(Arguments, {**USUAL, **changes})


def manifest_of(
    patients: Sequence[str], labels: Sequence[str], **columns: Sequence[str]
) -> Manifest:
    n = len(patients)
    table = pd.DataFrame({name: list(columns.get(name, [""] * n)) for name in OPTIONAL})
    table = table.assign(
        image=[f"/data/{number}.png" for number in range(n)],
        label=list(labels),
        patient=list(patients),
        row=range(2, n + 2),
    )
    return Manifest(table, tuple(sorted(set(labels))), Path("/data/images.csv"))


def usual_manifest(n: int = 60, **columns: Sequence[str]) -> Manifest:
    patients = [f"p{number // 2:02}" for number in range(n)]
    return manifest_of(patients, ["ab"[number // 2 % 2] for number in range(n)], **columns)


def groups_of(manifest: Manifest, parts: Parts) -> list[set[str]]:
    return [set(manifest.groups[rows]) for rows in (parts.train, parts.validation, parts.test)]


def assert_sound(manifest: Manifest, split: Split, arguments: Arguments) -> None:
    """No group in two parts, smaller fractions inside larger ones, every class in every part."""
    for fold in range(split.folds):
        for seed in arguments["seeds"]:
            inner: list[set[str]] | None = None
            for fraction in sorted(arguments["fractions"]):
                parts = split.parts(fold, seed, fraction)
                for rows in (parts.train, parts.validation, parts.test):
                    assert rows.dtype == np.int64
                    assert (np.diff(rows) > 0).all()
                    assert set(manifest.labels[rows]) == set(range(len(manifest.classes)))
                groups = groups_of(manifest, parts)
                assert sum(map(len, groups)) == len(set.union(*groups))
                if inner is not None:
                    assert all(a <= b for a, b in zip(inner, groups, strict=True))
                    assert inner[2] == groups[2]
                inner = groups
                if fraction == 1:
                    rows = np.concatenate([parts.train, parts.validation, parts.test])
                    assert len(rows) == len(manifest)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.tuples(st.integers(0, 25), st.integers(0, 2)), min_size=3, max_size=120),
    test=st.sampled_from([0.1, 0.3, None]),
    validation=st.sampled_from([0.1, 0.25, 0.5]),
    fractions=st.lists(st.sampled_from([0.1, 0.33, 0.5, 1.0]), min_size=1, unique=True),
    seed=st.integers(0, 100),
)
def test_any_split_is_sound_or_refused(
    rows: list[tuple[int, int]],
    test: float | None,
    validation: float,
    fractions: list[float],
    seed: int,
) -> None:
    manifest = manifest_of([f"p{p}" for p, _ in rows], ["abc"[label] for _, label in rows])
    arguments: Arguments = {
        "test": test,
        "folds": 3 if test is None else None,
        "validation": validation,
        "seeds": [0, seed + 1],
        "fractions": fractions,
        "rules": {},
    }
    try:
        split = make_split(manifest, **arguments, seed=seed)
    except InputError as error:
        assert error.problems
        return
    assert_sound(manifest, split, arguments)
    assert make_split(manifest, **arguments, seed=seed).hash == split.hash


def test_shares_are_those_asked_for() -> None:
    manifest = usual_manifest(800)
    split = make_split(manifest, **USUAL)
    assert_sound(manifest, split, USUAL)
    patients = split.counts.query("seed == 1").set_index(["fraction", "part", "class"])["patients"]
    assert patients[1.0, "test", "all"] == 100
    assert patients[1.0, "validation", "a"] == patients[1.0, "validation", "b"] == 30
    assert patients[0.5, "train", "all"] == 120


def test_seeds_redraw_all_but_test() -> None:
    manifest = usual_manifest()
    split = make_split(manifest, **USUAL)
    one, other = (groups_of(manifest, split.parts(0, seed, 0.5)) for seed in (0, 1))
    assert one[2] == other[2]
    assert one[0] != other[0]
    assert one[1] != other[1]
    redrawn = groups_of(manifest, make_split(manifest, **USUAL, seed=1).parts(0, 0, 0.5))
    assert redrawn[2] != one[2]


def test_other_seeds_and_fractions_leave_a_draw_as_it_is() -> None:
    manifest = usual_manifest()
    small = make_split(manifest, **usual(seeds=[1], fractions=[0.5]))
    large = make_split(manifest, **usual(seeds=[3, 1], fractions=[1.0, 0.5, 0.75]))
    for one, other in zip(
        groups_of(manifest, small.parts(0, 1, 0.5)),
        groups_of(manifest, large.parts(0, 1, 0.5)),
        strict=True,
    ):
        assert one == other


def test_every_patient_tests_in_one_fold() -> None:
    manifest = usual_manifest()
    arguments: Arguments = usual(test=None, folds=5)
    split = make_split(manifest, **arguments)
    assert_sound(manifest, split, arguments)
    tested = np.concatenate([split.parts(fold, 0, 1.0).test for fold in range(5)])
    np.testing.assert_array_equal(np.sort(tested), np.arange(60))


def test_a_column_of_parts() -> None:
    column = ["TRAIN"] * 40 + ["val"] * 8 + ["test"] * 12
    manifest = usual_manifest(split=column)
    arguments: Arguments = usual(test="split")
    split = make_split(manifest, **arguments)
    assert_sound(manifest, split, arguments)
    np.testing.assert_array_equal(split.parts(0, 0, 1.0).test, np.arange(48, 60))
    assert split.notes == ("validation rows that joined the training pool: 8",)


def test_rules_fill_empty_cells_by_source() -> None:
    column = ["train"] * 30 + ["test"] * 10 + [""] * 20
    source = ["Old, 2018"] * 40 + ["New a"] * 16 + ["New b"] * 4
    manifest = usual_manifest(split=column, source=source)
    arguments: Arguments = usual(test="split", rules={"New a": 0.5, "New*": "test"})
    split = make_split(manifest, **arguments)
    assert_sound(manifest, split, arguments)
    test = split.parts(0, 0, 1.0).test
    assert set(range(30, 40)) | set(range(56, 60)) <= set(test)
    assert len(set(test) & set(range(40, 56))) == 8


def test_a_rule_leaves_a_placed_patient_where_it_is() -> None:
    column = ["train"] * 29 + [""] + ["test"] * 30
    manifest = usual_manifest(split=column)
    split = make_split(manifest, **usual(test="split", rules={"*": 0.5}))
    assert 29 not in split.parts(0, 0, 1.0).test


def test_empty_cells_without_rule_name_their_sources() -> None:
    column = ["train"] * 30 + ["test"] * 20 + [""] * 10
    manifest = usual_manifest(split=column, source=["Old"] * 50 + ["New"] * 10)
    with pytest.raises(InputError, match=r"10 rows have no part(.|\n)*'New'"):
        make_split(manifest, **usual(test="split"))
    with pytest.raises(InputError, match="a source like 'Nwe'"):
        make_split(manifest, **usual(test="split", rules={"Nwe": "test"}))


def test_a_leak_through_the_column_names_patient_and_rows() -> None:
    column = ["train"] * 41 + ["test"] * 19
    with pytest.raises(InputError) as caught:
        make_split(usual_manifest(split=column), **usual(test="split"))
    assert caught.value.problems == ("patient p20 is in train (rows 42) and in test (rows 43)",)


def test_a_video_in_two_parts_is_a_leak() -> None:
    column = ["train"] * 40 + ["test"] * 20
    video = ["v"] * 3 + [""] * 54 + ["v"] * 3
    with pytest.raises(InputError) as caught:
        make_split(usual_manifest(split=column, video=video), **usual(test="split"))
    assert caught.value.problems == (
        "video v is in train (rows 2, 3, 4) and in test (rows 59, 60, 61)",
    )


def test_a_missing_class_says_where() -> None:
    manifest = manifest_of([f"p{i}" for i in range(42)], ["a"] * 39 + ["b"] * 3)
    with pytest.raises(InputError) as caught:
        make_split(manifest, **usual(fractions=[0.5, 1.0]))
    assert caught.value.problems == tuple(
        f"fold 0, seed {seed}, fraction 0.5: no image of b in validation" for seed in (0, 1)
    )
    with pytest.raises(InputError, match="class b: 3 patients"):
        make_split(manifest, **usual(test=None, folds=5))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"test": None}, "one of `test` and `folds`"),
        ({"folds": 3}, "one of `test` and `folds`"),
        ({"test": None, "folds": 1}, "2 or more"),
        ({"test": 1.5}, "`test` is"),
        ({"test": "split"}, "no column 'split'"),
        ({"validation": 0.0}, "`validation` is"),
        ({"seeds": []}, "`seeds` are"),
        ({"seeds": [1, 1]}, "`seeds` are"),
        ({"fractions": [0.0]}, "`fractions` are"),
        ({"rules": {"*": "test"}}, "`rules` need"),
        ({"test": "split", "rules": {"*": "tset"}}, "`rules` say"),
    ],
)
def test_wrong_arguments_are_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        make_split(usual_manifest(), **usual(**wrong))


def test_an_unknown_word_in_the_column_is_refused() -> None:
    column = ["train"] * 40 + ["holdout"] * 20
    with pytest.raises(InputError, match="'holdout'"):
        make_split(usual_manifest(split=column), **usual(test="split"))


def test_what_was_not_drawn_is_refused() -> None:
    with pytest.raises(InputError, match=r"no fold 0, seed 7, fraction 1\.0"):
        make_split(usual_manifest(), **USUAL).parts(0, 7, 1.0)


class TestFile:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        load_or_make_split(tmp_path / "split.json", usual_manifest(), **USUAL)
        return tmp_path / "split.json"

    def test_is_read_again_not_drawn_again(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(np.random, "default_rng", None)
        again = load_or_make_split(path, usual_manifest(), **USUAL)
        monkeypatch.undo()
        drawn = make_split(usual_manifest(), **USUAL)
        assert (again.hash, again.folds, again.notes) == (drawn.hash, drawn.folds, drawn.notes)
        pd.testing.assert_frame_equal(again.counts, drawn.counts)
        for key, parts in drawn.drawn.items():
            np.testing.assert_array_equal(again.drawn[key].validation, parts.validation)

    def test_another_rule_is_named(self, path: Path) -> None:
        with pytest.raises(InputError) as caught:
            load_or_make_split(path, usual_manifest(), **usual(seeds=[0, 1, 2]))
        assert caught.value.problems == ("seeds: [0, 1] in the file, [0, 1, 2] now",)
        assert "new --out" in caught.value.heading

    def test_another_manifest_is_named(self, path: Path) -> None:
        with pytest.raises(InputError, match="images: 60 in the file, 62 now"):
            load_or_make_split(path, usual_manifest(62), **USUAL)

    def test_an_edited_leak_names_patient_and_rows(self, path: Path) -> None:
        content = json.loads(path.read_text())
        leaked = content["folds"][0]["test"][0]
        content["folds"][0]["draws"][0]["fractions"][0]["adds_train"].append(leaked)
        path.write_text(json.dumps(content))
        first = 2 * int(leaked[1:]) + 2
        rows = f"(rows {first}, {first + 1})"
        with pytest.raises(InputError) as caught:
            load_or_make_split(path, usual_manifest(), **USUAL)
        assert caught.value.problems == (f"patient {leaked} is in train {rows} and in test {rows}",)

    def test_moved_labels_are_named(self, path: Path) -> None:
        manifest = usual_manifest()
        table = manifest.table.assign(label=manifest.table["label"].to_numpy()[::-1])
        swapped = Manifest(table, manifest.classes, manifest.origin)
        with pytest.raises(InputError, match="digest of the paths, labels and patients: "):
            load_or_make_split(path, swapped, **USUAL)

    def test_any_other_edit_is_refused(self, path: Path) -> None:
        content = json.loads(path.read_text())
        content["folds"][0]["draws"][0]["fractions"][0]["adds_train"].pop()
        path.write_text(json.dumps(content))
        with pytest.raises(InputError, match="was edited"):
            load_or_make_split(path, usual_manifest(), **USUAL)

    @pytest.mark.parametrize("contents", ["", "[]", "{}", '{"rule": 1, "manifest": 2}'])
    def test_another_file_is_refused(self, path: Path, contents: str) -> None:
        path.write_text(contents)
        with pytest.raises(InputError, match="not a split of pleura"):
            load_or_make_split(path, usual_manifest(), **USUAL)


def test_real_tables(shared_data: Path) -> None:
    manifest = read_manifest(
        shared_data / "chest_xray" / "images.csv",
        columns={"image": "file", "patient": "patient_id"},
        classes=["normal", "bacterial", "viral", "covid"],
    )
    arguments: Arguments = {
        "test": "split",
        "folds": None,
        "validation": 0.1,
        "seeds": [0, 1, 2],
        "fractions": [0.1, 0.3, 1.0],
        "rules": {"ieee8023*": 0.3},
    }
    split = make_split(manifest, **arguments)
    assert_sound(manifest, split, arguments)
    tests = split.counts.query("seed == 0 and fraction == 1 and part == 'test'")
    assert tests.set_index("class")["patients"]["covid"] == 34

    manifest = read_manifest(
        shared_data / "lung_ultrasound" / "frames.csv",
        columns={"image": "file", "patient": "patient_id", "video": "video_id"},
    )
    arguments = {**arguments, "test": None, "folds": 5, "fractions": [1.0], "rules": {}}
    assert_sound(manifest, make_split(manifest, **arguments), arguments)
