"""Ensembles: probabilities averaged by hand, and members that may not be averaged."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from pleura.errors import InputError
from pleura.evaluate.calibration_maps import AsItIs, CalibrationMap, FindingsMap
from pleura.evaluate.compare import compare
from pleura.evaluate.ensembles import averaged
from pleura.evaluate.intervals import summarise
from pleura.tables import LOGIT
from tests.evaluate.tables import predictions


def member(logits: list[list[float]], **columns: Any) -> pd.DataFrame:
    """Two test images and one that validates, of three patients, in two classes."""
    table = pd.DataFrame(
        {
            "recipe": "full",
            "fold": 0,
            "seed": 0,
            "fraction": 1.0,
            "part": ["test", "test", "validation"],
            "image": ["a.png", "b.png", "v.png"],
            "patient": ["p", "q", "r"],
            "label": ["ill", "well", "ill"],
            "logit_ill": [row[0] for row in logits],
            "logit_well": [row[1] for row in logits],
        }
    )
    for name, values in columns.items():
        table[name] = values
    return table


EVEN = [[0.0, 0.0], [np.log(3), 0.0], [0.0, 0.0]]  # .5, .75, .5 ill
SURE = [[np.log(9), 0.0], [0.0, np.log(3)], [0.0, 0.0]]  # .9, .25, .5 ill


def test_probabilities_are_averaged_and_not_logits() -> None:
    both = averaged([member(EVEN), member(SURE)], CalibrationMap)
    odds = np.exp(both["logit_ill"] - both["logit_well"])
    assert (odds / (1 + odds)).to_list() == pytest.approx([0.7, 0.5, 0.5], abs=1e-12)
    # The mean of the logits would say .75 of the first image.
    assert expit(np.log(9) / 2) == pytest.approx(0.75)


def test_rows_are_matched_by_name_whatever_their_order() -> None:
    turned = member(SURE).iloc[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        averaged([member(EVEN), turned], CalibrationMap),
        averaged([member(EVEN), member(SURE)], CalibrationMap),
    )


def test_a_class_that_no_member_thinks_possible_stays_finite() -> None:
    never = [[0.0, 2000.0]] * 3
    both = averaged([member(never), member(never)], CalibrationMap)
    assert np.isfinite(both[["logit_ill", "logit_well"]].to_numpy()).all()


def test_findings_are_averaged_each_by_itself_and_lose_their_members_thresholds() -> None:
    known = {"label": "", "label_ill": [1, 0, np.nan], "label_well": [1, 1, 0], "called_ill": 1}
    one, two = (member(each, **known) for each in (EVEN, SURE))
    both = averaged([one, two], FindingsMap)
    assert expit(both["logit_ill"]).to_list() == pytest.approx([0.7, (0.75 + 0.5) / 2, 0.5])
    assert expit(both["logit_well"]).to_list() == pytest.approx([0.5, (0.5 + 0.75) / 2, 0.5])
    assert "called_ill" not in both
    assert both["label_ill"].isna().to_list() == [False, False, True]


def test_numbers_are_averaged_as_they_are() -> None:
    names = ["logit_ill", "logit_well"]
    one, two = (
        member(EVEN, number=[4.0, 5.0, 6.0], predicted=given).drop(columns=names)
        for given in ([1.0, 2.0, 3.0], [3.0, 6.0, 4.0])
    )
    assert averaged([one, two], AsItIs)["predicted"].to_list() == [2.0, 4.0, 3.5]


def test_validation_is_kept_only_where_all_members_have_the_same() -> None:
    other = member(SURE, image=["a.png", "b.png", "w.png"])
    assert averaged([member(EVEN), member(SURE)], CalibrationMap)["part"].to_list() == [
        "test",
        "test",
        "validation",
    ]
    assert averaged([member(EVEN), other], CalibrationMap)["part"].to_list() == ["test", "test"]
    assert averaged([member(EVEN), member(SURE), other], CalibrationMap)["part"].to_list() == [
        "test",
        "test",
    ]


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ({"image": ["a.png", "c.png", "v.png"]}, "2 images in one of them only"),
        ({"part": ["test", "validation", "test"]}, "in one of them only"),  # b.png trains nobody
        ({"patient": ["p", "x", "r"]}, "two labels or two patients"),
        ({"label": ["ill", "ill", "ill"]}, "two labels or two patients"),
        ({"image": ["a.png", "a.png", "v.png"]}, "in one of them only"),
    ],
)
def test_members_that_test_on_others_are_refused(planted: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match="not folds") as refused:
        averaged([member(EVEN), member(SURE, **planted)], CalibrationMap)
    assert said in refused.value.problems[0]


def test_folds_are_refused_and_a_single_training_too() -> None:
    table = predictions({"full": 2.0}, folds=2, seeds=1)
    of_folds = [mine for _, mine in table.groupby("fold")]
    with pytest.raises(InputError, match="average seeds of one split"):
        averaged(of_folds, CalibrationMap)
    with pytest.raises(InputError, match="two trainings or more"):
        averaged(of_folds[:1], CalibrationMap)
    twice = pd.concat([of_folds[0], of_folds[0]])
    with pytest.raises(InputError) as refused:
        averaged([twice, of_folds[0]], CalibrationMap)
    assert "listed twice" in refused.value.problems[0]


def test_under_the_seed_of_each_member_it_is_one_model_whose_interval_carries_patients_alone() -> (
    None
):
    """Rows under every seed give the value and the limits of one training."""
    table = predictions({"full": 1.0}, patients=90)
    one = averaged([mine for _, mine in table.groupby("seed")], CalibrationMap)
    one = one.assign(recipe="ensemble")
    three = pd.concat([one.assign(seed=seed) for seed in range(3)])
    alone, repeated = (summarise(each)[["value", "low", "high"]] for each in (one, three))
    np.testing.assert_allclose(alone, repeated, atol=1e-9)


def test_an_ensemble_of_noisy_members_is_shown_to_be_better_than_they_are() -> None:
    """Noise that is each member's own is averaged away; what they have in common is not."""
    table = predictions({"full": 1.0}, patients=300)
    one = averaged([mine for _, mine in table.groupby("seed")], CalibrationMap)
    one = one.assign(recipe="ensemble")
    both = pd.concat([table, *(one.assign(seed=seed) for seed in range(3))])
    (row,) = compare(both, reference="full").to_dict("records")
    assert row["seeds"] == 3
    assert 0 < row["low"] < row["difference"] < 0.1
    assert row["verdict"] == "better"


def test_logits_of_one_image_say_what_the_mean_says() -> None:
    both = averaged([member(EVEN, label_ill=1, label_well=0)] * 2, FindingsMap)
    assert both[f"{LOGIT}ill"].to_list() == pytest.approx([0.0, logit(0.75), 0.0], abs=1e-12)
