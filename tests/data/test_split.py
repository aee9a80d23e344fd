from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.errors import InputError
from tests.data.splits import USUAL, assert_sound, groups_of, manifest_of, usual, usual_manifest

SHARES = st.sampled_from([0.1, 0.25, 0.5, 0.9])
SOMEHOW = st.floats() | SHARES | SHARES


@st.composite
def tables(draw: st.DrawFn) -> Manifest:
    """Few or many patients of one to three classes, some with videos, parts and sources."""
    n = draw(st.integers(2, 90))
    patients = draw(st.integers(1, 30))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    owners = rng.integers(0, patients, n)
    mixed = draw(st.booleans())
    labels = rng.integers(0, 3, n) if mixed else owners % draw(st.integers(1, 3))
    words = draw(st.sampled_from([["train", "test"], ["TRAIN", "Val", "test", ""], ["", "x"]]))
    parts = rng.integers(0, len(words), n if mixed else patients)[slice(None) if mixed else owners]
    return manifest_of(
        [f"p{owner}" for owner in owners],
        ["abc"[label] for label in labels],
        split=[words[part] for part in parts],
        video=[f"v{owner // 2}" if mixed else "" for owner in owners],
        source=["AB"[owner % 2] for owner in owners],
    )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    manifest=tables(),
    test=SOMEHOW | st.sampled_from([None, None, "split", "split", "site", ""]),
    folds=st.none() | st.integers(-1, 6),
    validation=SOMEHOW | st.just("split"),
    seeds=st.lists(st.integers(-1, 10**20), max_size=3),
    fractions=st.lists(st.sampled_from([0.1, 0.33, 0.5, 1.0, 1, 0]), max_size=3),
    rules=st.dictionaries(st.sampled_from(["*", "A", "[", ""]), SHARES | st.just("test")),
    seed=st.integers(-1, 100),
)
def test_any_rule_gives_a_sound_split_or_one_message(manifest: Manifest, **settings: Any) -> None:
    try:
        rule = Rule(**settings)
        split = make_split(manifest, rule)
    except (InputError, ValidationError) as error:
        assert str(error)
        return
    assert_sound(manifest, split, rule)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    patients=st.integers(30, 90),
    classes=st.integers(1, 3),
    test=st.sampled_from([0.2, 0.3, None]),
    validation=st.sampled_from([0.1, 0.25, 0.5]),
    fractions=st.lists(st.sampled_from([0.3, 0.33, 0.5, 1.0]), min_size=1, unique=True),
    seed=st.integers(0, 100),
)
def test_enough_patients_always_give_a_sound_split(
    patients: int,
    classes: int,
    test: float | None,
    validation: float,
    fractions: list[float],
    seed: int,
) -> None:
    owners = [number // 2 for number in range(2 * patients)]
    manifest = manifest_of([f"p{p}" for p in owners], ["abc"[p % classes] for p in owners])
    rule = Rule(
        test=test,
        folds=3 if test is None else None,
        validation=validation,
        seeds=[0, seed + 1],
        fractions=fractions,
        seed=seed,
    )
    split = make_split(manifest, rule)
    assert_sound(manifest, split, rule)
    assert make_split(manifest, rule).hash == split.hash


def test_shares_are_those_asked_for() -> None:
    manifest = usual_manifest(800)
    split = make_split(manifest, USUAL)
    assert_sound(manifest, split, USUAL)
    patients = split.counts.query("seed == 1").set_index(["fraction", "part", "class"])["patients"]
    assert patients[1.0, "test", "all"] == 100
    assert patients[1.0, "validation", "a"] == patients[1.0, "validation", "b"] == 30
    assert patients[0.5, "train", "all"] == 120


def test_clips_are_counted_where_there_are_any() -> None:
    manifest = usual_manifest(80)
    assert "clips" not in make_split(manifest, USUAL).counts
    # Each patient has a clip, of which not every image is a frame.
    videos = [f"v{name}" if row % 3 else "" for row, name in enumerate(manifest.groups)]
    moving = replace(manifest, table=manifest.table.assign(video=videos))
    split = make_split(moving, USUAL)
    counts = split.counts.query("`class` == 'all'").set_index(["fold", "seed", "fraction", "part"])
    for (fold, seed, fraction), parts in split.drawn.items():
        for part, rows in parts.by_name.items():
            expected = len({videos[row] for row in rows if videos[row]})
            assert counts.loc[(fold, seed, fraction, part), "clips"] == expected


def test_seeds_redraw_all_but_test() -> None:
    manifest = usual_manifest()
    split = make_split(manifest, USUAL)
    one, other = (groups_of(manifest, split.parts(0, seed, 0.5)) for seed in (0, 1))
    assert one[2] == other[2]
    assert one[0] != other[0]
    assert one[1] != other[1]
    redrawn = groups_of(manifest, make_split(manifest, usual(seed=1)).parts(0, 0, 0.5))
    assert redrawn[2] != one[2]


def test_other_seeds_and_fractions_leave_a_draw_as_it_is() -> None:
    manifest = usual_manifest()
    small = make_split(manifest, usual(seeds=[1], fractions=[0.5]))
    large = make_split(manifest, usual(seeds=[3, 1], fractions=[1.0, 0.5, 0.75]))
    for one, other in zip(
        groups_of(manifest, small.parts(0, 1, 0.5)),
        groups_of(manifest, large.parts(0, 1, 0.5)),
        strict=True,
    ):
        assert one == other


def test_what_was_not_drawn_is_refused() -> None:
    with pytest.raises(InputError, match=r"no fold 0, seed 7, fraction 1\.0"):
        make_split(usual_manifest(), USUAL).parts(0, 7, 1.0)


def test_a_missing_class_says_where() -> None:
    manifest = manifest_of([f"p{i}" for i in range(42)], ["a"] * 39 + ["b"] * 3)
    with pytest.raises(InputError) as caught:
        make_split(manifest, usual(fractions=[0.5, 1.0]))
    assert caught.value.problems == tuple(
        f"fold 0, seed {seed}, fraction 0.5: no image of b in validation" for seed in (0, 1)
    )
    with pytest.raises(InputError, match="class b: 3 patients"):
        make_split(manifest, usual(test=None, folds=5))


@pytest.mark.parametrize("changes", [{}, {"test": None, "folds": 2}])
@pytest.mark.parametrize("owners", [["p", "p", "p", "p"], ["p", "p", "q", "q"]])
def test_fewer_than_three_patients_are_refused(owners: list[str], changes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=rf"three patients \({', '.join(sorted(set(owners)))}\)"):
        make_split(manifest_of(owners, ["a", "b", "a", "b"]), usual(**changes))


def test_an_empty_part_is_told_by_class() -> None:
    manifest = manifest_of([f"p{i}" for i in range(8)], ["a", "b"] * 4)
    with pytest.raises(InputError) as caught:
        make_split(manifest, usual(seeds=[0], fractions=[0.05, 1.0]))
    told = "fold 0, seed 0, fraction 0.05: no image of"
    assert caught.value.problems == tuple(
        f"{told} {name} in {part}" for part in ("train", "validation") for name in "ab"
    )


def test_labels_that_only_stratify_may_be_missing_in_a_part() -> None:
    labels = ["a"] * 39 + ["b"] * 3
    manifest = replace(manifest_of([f"p{i}" for i in range(42)], labels), labelled=False)
    split = make_split(manifest, usual(fractions=[0.5, 1.0]))
    (note,) = split.notes
    assert note == (
        "fold 0, seed 0, fraction 0.5: no image of b in validation, and 1 more such parts"
    )
    with pytest.raises(InputError, match="No part may be empty") as caught:
        make_split(manifest, usual(seeds=[0], fractions=[0.01, 1.0]))
    assert "fold 0, seed 0, fraction 0.01: no image in validation" in caught.value.problems


@pytest.mark.parametrize("changes", [{"test": 0.25}, {"test": None, "folds": 4}])
def test_labels_too_rare_to_stratify_by_are_passed_over(changes: dict[str, Any]) -> None:
    names = [f"p{i}" for i in range(12)]
    manifest = replace(manifest_of(names, names), labelled=False)
    split = make_split(manifest, usual(**changes))
    assert split.notes[0].startswith("the split is not stratified")
    for parts in split.drawn.values():
        assert all(len(rows) for rows in (parts.train, parts.validation, parts.test))
    one = replace(manifest_of(names, ["all"] * 12), labelled=False)
    assert not make_split(one, usual(**changes)).notes
    counts = make_split(one, usual(seeds=[0], fractions=[1.0])).counts
    assert list(counts["class"]) == ["all"] * 3
    with pytest.raises(InputError, match="12 patients"):
        make_split(manifest, usual(test=None, folds=13))


def test_real_tables(shared_data: Path) -> None:
    manifest = read_manifest(
        shared_data / "chest_xray" / "images.csv",
        columns={"image": "file", "patient": "patient_id"},
        classes=["normal", "bacterial", "viral", "covid"],
    )
    rule = Rule(
        test="split",
        validation=0.1,
        seeds=[0, 1, 2],
        fractions=[0.1, 0.3, 1.0],
        rules={"ieee8023*": 0.3},
    )
    split = make_split(manifest, rule)
    assert_sound(manifest, split, rule)
    tests = split.counts.query("seed == 0 and fraction == 1 and part == 'test'")
    assert tests.set_index("class")["patients"]["covid"] == 34

    manifest = read_manifest(
        shared_data / "lung_ultrasound" / "frames.csv",
        columns={"image": "file", "patient": "patient_id", "video": "video_id"},
    )
    rule = Rule(folds=5, validation=0.1, seeds=[0, 1, 2], fractions=[1.0])
    assert_sound(manifest, make_split(manifest, rule), rule)


@pytest.mark.parametrize("changes", [{"test": 0.3}, {"test": None, "folds": 3}])
def test_labels_that_hold_several_findings_are_asked_about_where_they_are_refused(
    changes: dict[str, Any],
) -> None:
    """As where each combination of findings is a class that few patients have."""
    labels = [*["a"] * 10, *["b"] * 10, "a|b", "a|b|c"]
    manifest = manifest_of([f"p{i}" for i in range(22)], labels)
    with pytest.raises(InputError, match="or merge") as refused:
        make_split(manifest, usual(seeds=[0], fractions=[1.0], **changes))
    assert "2 of 4 labels hold '|' ('a|b', 'a|b|c')" in refused.value.heading
    assert "Then write task: findings" in refused.value.heading


@pytest.mark.parametrize(
    ("changes", "rare", "cure"),
    [
        ({"test": 0.5, "fractions": [1.0]}, 2, "take a larger share that validates or a smaller"),
        ({"test": None, "folds": 3, "fractions": [0.2, 1.0]}, 3, "take a larger fraction or a"),
    ],
)
def test_what_may_help_is_what_can(changes: dict[str, Any], rare: int, cure: str) -> None:
    manifest = manifest_of([f"p{i}" for i in range(9 + rare)], ["a"] * 9 + ["b"] * rare)
    with pytest.raises(InputError, match="must be in every part") as refused:
        make_split(manifest, usual(seeds=[0], **changes))
    assert cure in refused.value.heading
