"""Thresholds at a chosen sensitivity, and net benefit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import precision_score, recall_score

from pleura.evaluate.calibration import Calibrated, Calibrations, calibrate
from pleura.evaluate.decision import (
    at_sensitivity,
    decision_curve,
    net_benefit,
    thresholds,
    treat_all,
)
from tests.evaluate.tables import CLASSES, predictions
from tests.evaluate.test_calibration import with_validation


@pytest.fixture(scope="module")
def calibrations() -> Calibrations:
    table = predictions({"a": 2.0}, patients=200)
    return calibrate(with_validation(table, patients=400), fraction=1.0)


def by_class(table: pd.DataFrame, target: float, name: str) -> pd.DataFrame:
    return table[(table["target"] == target) & (table["class"] == name)].set_index("measure")


def test_the_threshold_is_the_greatest_that_reaches_the_sensitivity(
    calibrations: Calibrations,
) -> None:
    for one in calibrations.recipes["a"]:
        for target in (0.5, 0.9, 0.95, 1.0):
            for at, threshold in enumerate(thresholds(one, target)):
                positive = one.probabilities[one.labels == at, at]
                assert (positive >= threshold).mean() >= target
                assert (positive > threshold).mean() < target


def test_tests_are_scikit_learns_averaged_over_seeds(calibrations: Calibrations) -> None:
    table = at_sensitivity(calibrations, targets=(0.9,))
    for at, name in enumerate(CLASSES):
        expected = []
        for one in calibrations.recipes["a"]:
            truth = one.after.labels == at
            called = one.after.probabilities[:, at] >= thresholds(one, 0.9)[at]
            expected.append(
                [
                    recall_score(truth, called),
                    recall_score(~truth, ~called),
                    precision_score(truth, called),
                    precision_score(~truth, ~called),
                ]
            )
        rows = by_class(table, 0.9, name).loc[["sensitivity", "specificity", "ppv", "npv"]]
        np.testing.assert_allclose(rows["value"].astype(float), np.mean(expected, axis=0))
        assert (rows["low"] < rows["value"]).all()
        assert (rows["value"] < rows["high"]).all()


def test_thresholds_tell_their_range_and_what_they_rest_on(calibrations: Calibrations) -> None:
    rows = by_class(at_sensitivity(calibrations), 0.95, CLASSES[2])
    chosen = [thresholds(one, 0.95)[2] for one in calibrations.recipes["a"]]
    found = rows.loc["threshold", ["value", "low", "high"]].to_numpy(float)
    np.testing.assert_allclose(found, [np.mean(chosen), min(chosen), max(chosen)])
    counts = [(one.labels == 2).sum() for one in calibrations.recipes["a"]]
    assert rows.loc["positives", "low"] == min(counts)


def test_a_test_part_unlike_validation_is_found_out(calibrations: Calibrations) -> None:
    def harder(one: Calibrated) -> Calibrated:
        lower = 0.5 * one.after.probabilities
        return replace(one, after=replace(one.after, probabilities=lower))

    spoilt = replace(calibrations, recipes={"a": [harder(o) for o in calibrations.recipes["a"]]})
    as_usual, unlike = (at_sensitivity(these, targets=(0.8,)) for these in (calibrations, spoilt))
    for name in CLASSES:
        high = [
            by_class(table, 0.8, name)["high"].astype(float)["sensitivity"]
            for table in (as_usual, unlike)
        ]
        assert high[0] > 0.8 > high[1]


def test_a_class_without_validation_images_is_never_called(calibrations: Calibrations) -> None:
    trainings = [replace(one, labels=one.labels % 2) for one in calibrations.recipes["a"]]
    table = at_sensitivity(replace(calibrations, recipes={"a": trainings}))
    rows = by_class(table, 0.9, CLASSES[2])
    assert rows.loc["sensitivity", "value"] == 0
    assert rows.loc["specificity", "value"] == 1
    assert np.isnan(rows.loc[["threshold", "ppv"], ["value", "low", "high"]].to_numpy(float)).all()


def test_net_benefit_is_that_of_vickers_and_elkin() -> None:
    rng = np.random.default_rng(0)
    positive, scores = rng.random(300) < 0.2, rng.random(300).round(2)
    at = np.array([0.01, 0.1, 0.35, 0.9])
    for threshold, found in zip(at, net_benefit(positive, scores, at), strict=True):
        true = sum(p and s >= threshold for p, s in zip(positive, scores, strict=True))
        false = sum(not p and s >= threshold for p, s in zip(positive, scores, strict=True))
        assert found == pytest.approx(true / 300 - false / 300 * threshold / (1 - threshold))


def test_treating_all_and_perfect_knowledge(calibrations: Calibrations) -> None:
    runs = [one.after for one in calibrations.recipes["a"]]
    at = np.array([0.05, 0.5, 0.8])
    share = np.mean([(run.labels == 0).mean() for run in runs])
    np.testing.assert_allclose(treat_all(runs, 0, at), share - (1 - share) * at / (1 - at))
    perfect = [replace(run, probabilities=np.eye(3)[run.labels]) for run in runs]
    np.testing.assert_allclose(decision_curve(perfect, 0, at), share)
    assert (decision_curve(runs, 0, at) < share).all()
    assert decision_curve(runs, 0, [0.5]).item() > max(0.0, treat_all(runs, 0, [0.5]).item())


def test_nothing_to_calibrate_gives_an_empty_table() -> None:
    assert at_sensitivity(Calibrations({}, CLASSES)).empty
