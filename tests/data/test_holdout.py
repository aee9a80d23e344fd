from pathlib import Path

import numpy as np
import pytest

from pleura.data.split import make_split
from pleura.data.split_file import load_or_make_split
from pleura.errors import InputError
from tests.data.splits import assert_sound, manifest_of, usual, usual_manifest


def test_every_patient_tests_in_one_fold() -> None:
    manifest = usual_manifest()
    rule = usual(test=None, folds=5)
    split = make_split(manifest, rule)
    assert_sound(manifest, split, rule)
    tested = np.concatenate([split.parts(fold, 0, 1.0).test for fold in range(5)])
    np.testing.assert_array_equal(np.sort(tested), np.arange(60))


def test_a_column_of_parts() -> None:
    column = ["TRAIN"] * 40 + ["val"] * 8 + ["test"] * 12
    manifest = usual_manifest(split=column)
    rule = usual(test="split")
    split = make_split(manifest, rule)
    assert_sound(manifest, split, rule)
    np.testing.assert_array_equal(split.parts(0, 0, 1.0).test, np.arange(48, 60))
    assert split.notes == ("validation rows that joined the training pool: 8",)


def test_words_for_parts_and_for_nothing_in_any_spelling() -> None:
    column = ["Train "] * 30 + ["te\u200bsting"] * 12 + ["nan"] * 9 + ["-"] * 9
    manifest = usual_manifest(split=column)
    split = make_split(manifest, usual(test="split", rules={"*": "train"}))
    np.testing.assert_array_equal(split.parts(0, 0, 1.0).test, np.arange(30, 42))


def test_rules_fill_empty_cells_by_source() -> None:
    column = ["train"] * 30 + ["test"] * 10 + [""] * 20
    source = ["Old, 2018"] * 40 + ["New a"] * 16 + ["New b"] * 4
    manifest = usual_manifest(split=column, source=source)
    rule = usual(test="split", rules={"New a": 0.5, "New*": "test"})
    split = make_split(manifest, rule)
    assert_sound(manifest, split, rule)
    test = split.parts(0, 0, 1.0).test
    assert set(range(30, 40)) | set(range(56, 60)) <= set(test)
    assert len(set(test) & set(range(40, 56))) == 8


def test_a_rule_leaves_a_placed_patient_where_it_is() -> None:
    column = ["train"] * 29 + [""] + ["test"] * 30
    manifest = usual_manifest(split=column)
    split = make_split(manifest, usual(test="split", rules={"*": 0.5}))
    assert 29 not in split.parts(0, 0, 1.0).test


def test_empty_cells_without_rule_name_their_sources() -> None:
    column = ["train"] * 30 + ["test"] * 20 + [""] * 10
    manifest = usual_manifest(split=column, source=["Old"] * 50 + ["New"] * 10)
    with pytest.raises(InputError, match=r"10 rows have no part(.|\n)*'New'"):
        make_split(manifest, usual(test="split"))
    with pytest.raises(InputError, match="a source like 'Nwe'"):
        make_split(manifest, usual(test="split", rules={"Nwe": "test"}))


def test_a_leak_through_the_column_names_patient_and_rows() -> None:
    column = ["train"] * 41 + ["test"] * 19
    with pytest.raises(InputError) as caught:
        make_split(usual_manifest(split=column), usual(test="split"))
    assert caught.value.problems == ("patient p20 is in train (rows 42) and in test (rows 43)",)


def test_a_video_in_two_parts_is_a_leak() -> None:
    column = ["train"] * 40 + ["test"] * 20
    video = ["v"] * 3 + [""] * 54 + ["v"] * 3
    with pytest.raises(InputError) as caught:
        make_split(usual_manifest(split=column, video=video), usual(test="split"))
    assert caught.value.problems == (
        "video v is in train (rows 2, 3, 4) and in test (rows 59, 60, 61)",
    )


def test_an_unknown_word_in_the_column_is_refused() -> None:
    column = ["train"] * 40 + ["holdout"] * 20
    with pytest.raises(InputError, match="'holdout'"):
        make_split(usual_manifest(split=column), usual(test="split"))


OFFICIAL = ["TRAIN"] * 40 + ["val"] * 8 + ["test"] * 12


def test_official_parts_are_kept_and_fractions_cut_training_alone(tmp_path: Path) -> None:
    manifest = usual_manifest(split=OFFICIAL)
    rule = usual(test="split", validation="split")
    split = make_split(manifest, rule)
    assert_sound(manifest, split, rule)
    for parts in split.drawn.values():
        np.testing.assert_array_equal(parts.validation, np.arange(40, 48))
        np.testing.assert_array_equal(parts.test, np.arange(48, 60))
    for seed in (0, 1):
        np.testing.assert_array_equal(split.parts(0, seed, 1.0).train, np.arange(40))
        assert len(split.parts(0, seed, 0.5).train) == 20  # half of ten patients of each class
    assert set(split.parts(0, 0, 0.5).train) != set(split.parts(0, 1, 0.5).train)
    assert split.notes == ("training, validation and test parts are those of the column 'split'",)
    for _ in range(2):  # drawn and written, then read
        assert load_or_make_split(tmp_path / "split.json", manifest, rule).hash == split.hash


def test_official_parts_that_share_a_patient_are_refused_with_rows() -> None:
    column = ["train"] * 39 + ["val"] * 9 + ["test"] * 12
    with pytest.raises(InputError) as caught:
        make_split(usual_manifest(split=column), usual(test="split", validation="split"))
    (problem,) = caught.value.problems
    assert problem == "patient p19 is in train (rows 40) and in validation (rows 41)"


@pytest.mark.parametrize("lacks", ["train", "validation", "test"])
def test_official_parts_that_lack_a_class_are_refused_by_name(lacks: str) -> None:
    labels = {"train": "ab" * 8, "validation": "ab" * 4, "test": "ab" * 4}
    labels[lacks] = labels[lacks].replace("b", "a")
    column = [part for part, of in labels.items() for _ in of]
    manifest = manifest_of(
        [f"p{n}" for n in range(len(column))], "".join(labels.values()), split=column
    )
    with pytest.raises(InputError) as caught:
        make_split(manifest, usual(test="split", validation="split", fractions=[1.0]))
    assert all(f"no image of b in {lacks}" in each for each in caught.value.problems)


def test_a_column_that_says_nobody_validates() -> None:
    manifest = usual_manifest(split=["train"] * 40 + ["test"] * 20)
    with pytest.raises(InputError, match=r"no row that is studied val\. Give .* validation: 0\.2"):
        make_split(manifest, usual(test="split", validation="split"))


def test_rules_fill_empty_cells_beside_official_parts() -> None:
    column = ["train"] * 32 + ["val"] * 8 + ["test"] * 12 + [""] * 8
    rule = usual(test="split", validation="split", rules={"*": 0.5})
    split = make_split(usual_manifest(split=column), rule)
    np.testing.assert_array_equal(split.parts(0, 0, 1.0).validation, np.arange(32, 40))
    assert len(split.parts(0, 0, 1.0).test) == 16
