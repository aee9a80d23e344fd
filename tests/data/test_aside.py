"""Parts that are kept aside: nobody in them trains, validates or tests."""

import json
from pathlib import Path

import numpy as np
import pytest

from pleura.data.balance import ByFindings
from pleura.data.split import make_split
from pleura.data.split_file import load_or_make_split
from pleura.errors import InputError
from tests.data.splits import USUAL, assert_sound, manifest_of, usual, usual_manifest

ASIDE = usual(aside={"sets": 0.25})


def test_patients_aside_are_in_no_other_part_and_the_same_for_every_seed_and_fraction() -> None:
    manifest, rule = usual_manifest(120), usual(test=None, folds=3, aside={"sets": 0.25})
    split = make_split(manifest, rule)
    for fold in range(3):
        kept = split.aside_of(fold)["sets"]
        assert len(set(manifest.groups[kept])) == 10  # a quarter of 40
        assert set(manifest.labels[kept]) == {0, 1}
        for seed in rule.seeds:
            for fraction in rule.fractions:
                parts = split.parts(fold, seed, fraction)
                np.testing.assert_array_equal(parts.aside["sets"], kept)
                others = np.concatenate([parts.train, parts.validation, parts.test])
                assert not set(manifest.groups[others]) & set(manifest.groups[kept])
        whole = split.parts(fold, 0, 1.0)
        assert sum(map(len, whole.by_name.values())) == len(manifest)
        np.testing.assert_array_equal(split.held_out_of(fold), np.union1d(whole.test, kept))


def test_without_a_part_aside_nothing_is_drawn_or_written_otherwise() -> None:
    split, again = make_split(usual_manifest(), USUAL), make_split(usual_manifest(), ASIDE)
    assert_sound(usual_manifest(), split, USUAL)
    assert "aside" not in USUAL.record()
    assert all("aside" not in fold for fold in split.drawing.folds)
    assert set(split.counts["part"]) == {"train", "validation", "test"}
    assert set(again.counts["part"]) == {"train", "validation", "test", "sets"}
    assert split.drawing.folds[0]["test"] == again.drawing.folds[0]["test"]
    np.testing.assert_array_equal(split.held_out, split.tested)


def test_a_part_aside_may_lack_a_class() -> None:
    manifest = manifest_of([f"p{i}" for i in range(60)], ["a"] * 57 + ["b"] * 3)
    split = make_split(manifest, usual(seeds=[0], fractions=[1.0], aside={"sets": 0.01}))
    counts = split.counts.set_index(["part", "class"])["patients"]
    assert counts["sets", "a"] == 1
    assert counts["sets", "b"] == 0


def test_what_parts_aside_leave_too_few_for_names_them() -> None:
    manifest = manifest_of([f"p{i}" for i in range(16)], ["a", "b"] * 8)
    rule = usual(seeds=[0], fractions=[0.1, 1.0], aside={"sets": 0.5, "ensembles": 0.5})
    with pytest.raises(InputError, match="a smaller part for sets and ensembles") as caught:
        make_split(manifest, rule)
    assert "no image of a in train" in str(caught.value)
    parts = ["train", "train", "test", "train"]
    column = manifest_of([f"p{i}" for i in range(4)], ["a", "b"] * 2, split=parts)
    with pytest.raises(InputError, match="other cells of column 'split'"):
        make_split(column, usual(test="split", seeds=[0], fractions=[1.0]))


def test_findings_are_kept_aside_in_their_shares() -> None:
    groups = np.array([f"p{number:03}" for number in range(200)])
    labels = np.stack([np.arange(200) % 4 == 0, np.arange(200) % 2 == 0], axis=1).astype(np.int64)
    kept = ByFindings.of(groups, labels).share(groups.tolist(), 0.2, np.random.default_rng(0))
    at = np.isin(groups, kept)
    assert labels[at].sum(axis=0).tolist() == pytest.approx([10, 20], abs=1)


def test_the_file_holds_who_is_aside_and_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "split.json"
    made = load_or_make_split(path, usual_manifest(), ASIDE)
    [fold] = json.loads(path.read_text())["folds"]
    rows = made.aside_of(0)["sets"]
    assert fold["aside"] == {"sets": sorted(set(usual_manifest().groups[rows]))}
    again = load_or_make_split(path, usual_manifest(), ASIDE)
    np.testing.assert_array_equal(again.aside_of(0)["sets"], rows)
    more = load_or_make_split(path, usual_manifest(), usual(aside={"sets": 0.25}, seeds=[0, 1, 2]))
    np.testing.assert_array_equal(more.parts(0, 2, 1.0).aside["sets"], rows)


@pytest.mark.parametrize(
    ("drawn", "asked", "told"),
    [
        (USUAL, ASIDE, "share of the patients kept for sets: none in the file, 0.25 now"),
        (ASIDE, USUAL, "share of the patients kept for sets: 0.25 in the file, none now"),
    ],
)
def test_a_file_of_other_parts_is_refused(
    tmp_path: Path, drawn: object, asked: object, told: str
) -> None:
    load_or_make_split(tmp_path / "split.json", usual_manifest(), drawn)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="another manifest or rule") as refused:
        load_or_make_split(tmp_path / "split.json", usual_manifest(), asked)  # type: ignore[arg-type]
    assert refused.value.problems == (told,)
