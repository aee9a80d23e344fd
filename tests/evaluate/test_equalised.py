"""Thresholds for one sensitivity: of all images, and of each subgroup."""

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.calibration import calibrate
from pleura.evaluate.equalised import COMMON, OWN, equalised
from pleura.evaluate.subgroups import Grouping

KEYS = ["group", "class", "threshold", "measure"]


def two_parts(*, low: float, few: bool = False) -> tuple[pd.DataFrame, Grouping]:
    """Validation and test of 600 patients each, one image a patient, of whom half are in subgroup
    A, whose scores are all lower by `low`; with `few`, four ill ones of A validate."""
    rng = np.random.default_rng(0)
    tables = []
    for part in ("validation", "test"):
        ill, in_a = rng.random(600) < 0.5, rng.random(600) < 0.5
        score = 2.5 * ill + rng.normal(size=600) - low * in_a
        table = pd.DataFrame(
            {
                "recipe": "model",
                "fold": 0,
                "seed": 0,
                "fraction": 1.0,
                "part": part,
                "image": [f"{part}_{number:03d}.png" for number in range(600)],
                "patient": [f"{part}{number}" for number in range(600)],
                "label": np.where(ill, "ill", "well"),
                "logit_well": 0.0,
                "logit_ill": score,
                "group": np.where(in_a, "A", "B"),
            }
        )
        if few and part == "validation":
            table = table.drop(table.index[ill & in_a][4:])
        tables.append(table)
    every = pd.concat(tables, ignore_index=True)
    return every, Grouping("sex", dict(zip(every["image"], every["group"], strict=True)))


def test_a_subgroup_with_lower_scores_gets_a_lower_threshold_and_the_same_sensitivity() -> None:
    table, grouping = two_parts(low=1.5)
    found = equalised(calibrate(table, fraction=1.0), [grouping], target=0.9)
    values = found.set_index(KEYS)["value"].to_dict()
    assert values["A", "ill", OWN, "threshold"] < values["B", "ill", OWN, "threshold"] - 0.1
    assert values["A", "ill", COMMON, "threshold"] == values["B", "ill", COMMON, "threshold"]
    assert (
        values["B", "ill", COMMON, "sensitivity"] - values["A", "ill", COMMON, "sensitivity"] > 0.1
    )
    for group in "AB":
        assert values[group, "ill", OWN, "sensitivity"] == pytest.approx(0.9, abs=0.06)
    assert values["A", "ill", OWN, "specificity"] < values["A", "ill", COMMON, "specificity"]


def test_rates_are_counted_by_hand_from_the_thresholds() -> None:
    table, grouping = two_parts(low=1.0)
    calibrations = calibrate(table, fraction=1.0)
    found = equalised(calibrations, [grouping]).set_index(KEYS)["value"].to_dict()
    (training,) = calibrations.recipes["model"]
    run = training.after
    in_a = np.array([grouping.of_image[image] == "A" for image in run.images])
    ill = run.labels == 0 if calibrations.classes[0] == "ill" else run.labels == 1
    at = calibrations.classes.index("ill")
    for which in (COMMON, OWN):
        called = run.probabilities[:, at] >= found["A", "ill", which, "threshold"]
        assert found["A", "ill", which, "sensitivity"] == pytest.approx(
            called[ill & in_a].mean(), abs=1e-9
        )
        assert found["A", "ill", which, "specificity"] == pytest.approx(
            1 - called[~ill & in_a].mean(), abs=1e-9
        )
    validation = table[(table["part"] == "validation") & (table["group"] == "A")]
    assert found["A", "ill", OWN, "patients"] == (validation["label"] == "ill").sum()


def test_of_too_few_validation_patients_no_threshold_is_chosen() -> None:
    table, grouping = two_parts(low=1.0, few=True)
    found = equalised(calibrate(table, fraction=1.0), [grouping]).set_index(KEYS)["value"].to_dict()
    assert found["A", "ill", OWN, "patients"] == 4
    assert np.isnan(found["A", "ill", OWN, "sensitivity"])
    assert np.isfinite(found["A", "ill", COMMON, "sensitivity"])
    assert np.isfinite(found["B", "ill", OWN, "sensitivity"])
