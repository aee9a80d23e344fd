"""Which test images of both studies are compared in pairs."""

from pathlib import Path

import pandas as pd
import pytest

from pleura.compare.images import same_images
from pleura.compare.outcomes import outcomes_of
from pleura.compare.pairing import LEAKED, RELABELLED, SPARSE, Pairing, pair_up
from pleura.compare.people import people_of
from pleura.compare.studies import read_pair
from tests.compare.made import patients, predictions, write_study


def of(
    tmp_path: Path,
    one: pd.DataFrame,
    two: pd.DataFrame,
    learned: tuple[dict[int, list[str]], dict[int, list[str]]] = ({}, {}),
) -> Pairing:
    pair = read_pair(
        write_study(tmp_path / "one", one, learned=learned[0]),
        write_study(tmp_path / "two", two, learned=learned[1]),
    )
    outcomes = outcomes_of(pair)
    images = same_images(pair, (outcomes.tables[0]["image"], outcomes.tables[1]["image"]))
    return pair_up(pair, outcomes, images, people_of(pair, outcomes.tables, images))


def test_shared_images_have_common_names_patients_and_folds(tmp_path: Path) -> None:
    one = predictions(patients(0, 8))
    two = predictions(patients(4, 12)).sample(frac=1, random_state=0)
    pairing = of(tmp_path, one, two)
    assert pairing.tables is not None
    ours, theirs = pairing.tables
    key = ["recipe", "seed", "image"]
    both = ours.merge(theirs, on=key, suffixes=("", "_two"))
    assert len(both) == len(ours) == len(theirs) == 4 * 2 * 4
    assert (both["patient"] == both["patient_two"]).all()
    assert (both["logit_ill"] == both["logit_ill_two"]).all()


def test_who_learned_from_a_patient_is_not_compared_on_them(tmp_path: Path) -> None:
    one, two = predictions(patients(0, 8)), predictions(patients(0, 8))
    pairing = of(tmp_path, one, two, ({0: ["P2"]}, {0: ["P5"]}))
    shared = pairing.shared.set_index("image_first")
    assert (shared["why"] != "").sum() == 4
    assert shared.loc["P2_0.png", "why"] == f"{LEAKED} in one"
    assert shared.loc["P5_1.png", "why"] == f"{LEAKED} in two"
    assert pairing.left_out(LEAKED) == (2, 4)
    assert pairing.tables is not None
    assert pairing.tables[0]["patient"].nunique() == 6


def test_an_image_with_two_labels_is_left_out(tmp_path: Path) -> None:
    one = predictions(patients(0, 8))
    other = one.assign(label=one["label"].mask(one["image"] == "P3_0.png", "ill"))
    pairing = of(tmp_path, one, other)
    assert pairing.left_out(RELABELLED) == (1, 1)
    assert pairing.shared.set_index("image_first").loc["P3_0.png", "used"] == 0


def test_a_common_fold_is_what_two_folds_share(tmp_path: Path) -> None:
    one = predictions(patients(0, 16), folds=2)
    pairing = of(tmp_path, one, predictions(patients(0, 16), folds=4))
    assert pairing.tables is not None
    folds = pairing.tables[0].merge(pairing.tables[1], on=["recipe", "seed", "image"])
    assert (folds["fold_x"] == folds["fold_y"]).all()
    assert folds["fold_x"].nunique() == 4


def test_a_fold_that_lacks_a_class_is_left_out(tmp_path: Path) -> None:
    one = predictions(patients(0, 16), folds=2)
    alone = one["patient"].isin(["P0", "P4", "P8", "P12"])  # of the first fold those who are ill
    pairing = of(tmp_path, one, one[alone | (one["fold"] == 1)].assign(fold=0))
    assert pairing.left_out(SPARSE) == (4, 8)
    assert pairing.tables is not None
    assert pairing.tables[0]["fold"].nunique() == 1


@pytest.mark.parametrize("last", [8, 9])
def test_without_two_patients_of_both_nothing_is_paired(tmp_path: Path, last: int) -> None:
    pairing = of(tmp_path, predictions(patients(0, last)), predictions(patients(8, 16)))
    assert pairing.tables is None
    assert len(pairing.shared) == 2 * (last - 8)
