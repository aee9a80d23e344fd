"""What prediction sets are like on test."""

import numpy as np
import pytest
from scipy import stats

from pleura.evaluate.calibration import Calibrated, Calibrations
from pleura.evaluate.calibration_maps import CalibrationMap
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.prediction_sets import SetRule
from pleura.evaluate.ranking import Floats, Ints
from pleura.evaluate.set_coverage import expected_coverage, judge_sets

NOBODY = np.zeros(0, dtype=object)


def calibrations(
    probabilities: Floats, labels: Ints, patients: list[str], classes: tuple[str, ...]
) -> Calibrations:
    """One training that predicts these `probabilities` on test."""
    images = np.array([f"{number:03}" for number in range(len(labels))], dtype=object)
    names = np.array(patients, dtype=object)
    run = PredictedRun("model", 1.0, 0, 0, images, names, labels, probabilities)
    same, shape = CalibrationMap(1.0, (0.0, 0.0)), (0, *labels.shape[1:])
    none = np.zeros(shape, dtype=np.int64)
    one = Calibrated(run, run, same, none, np.zeros((0, len(classes))), NOBODY, NOBODY)
    return Calibrations({"model": [one]}, classes)


def judged(every: Calibrations, rule: SetRule) -> dict[tuple[str, ...], tuple[float, ...]]:
    table = judge_sets(every, {"model": [rule]})
    rows = table[["question", "answer", "measure", "value", "low", "high"]]
    return {row[:3]: row[3:] for row in rows.itertuples(index=False, name=None)}


def test_each_patient_counts_as_one() -> None:
    # Of a: p has three images of which two are covered, q one that is; of b: r one that is not.
    probabilities = np.array([0.9, 0.8, 0.2, 0.7, 0.8])
    both = np.stack([probabilities, 1 - probabilities], axis=1)
    labels = np.array([0, 0, 0, 0, 1])
    rule = SetRule(
        0.5, several=False, thresholds=np.array([[0.5, 0.5]]), patients=np.full((1, 2), 3)
    )
    found = judged(calibrations(both, labels, ["p", "p", "p", "q", "r"], ("a", "b")), rule)
    assert found["", "a", "covered"][0] == pytest.approx((2 / 3 + 1) / 2)
    assert found["", "b", "covered"][0] == 0
    assert found["", "", "covered"][0] == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert found["", "", "size"][0] == 1
    assert found["", "", "single"][0] == 1
    assert found["", "", "empty"][0] == found["", "", "full"][0] == 0


def test_empty_and_full_sets() -> None:
    both = np.array([[0.6, 0.4], [0.5, 0.5], [0.1, 0.9], [0.45, 0.55]])
    rule = SetRule(
        0.5, several=False, thresholds=np.array([[0.46, 0.55]]), patients=np.full((1, 2), 3)
    )
    found = judged(calibrations(both, np.array([0, 0, 1, 1]), list("pqrs"), ("a", "b")), rule)
    assert found["", "", "single"][0] == 1
    rule = SetRule(
        0.5, several=False, thresholds=np.array([[0.05, 0.95]]), patients=np.full((1, 2), 3)
    )
    loose = SetRule(
        0.5, several=False, thresholds=np.array([[0.05, np.nan]]), patients=np.full((1, 2), 3)
    )
    every = calibrations(both, np.array([0, 0, 1, 1]), list("pqrs"), ("a", "b"))
    assert judged(every, rule)["", "", "single"][0] == 1
    found = judged(every, loose)
    assert found["", "", "full"][0] == 1
    assert found["", "", "size"][0] == 2
    # Nothing is promised of a class without a threshold.
    assert ("", "b", "covered") not in found
    assert ("", "b", "expected") not in found
    strict = SetRule(
        0.5, several=False, thresholds=np.array([[0.95, 0.95]]), patients=np.full((1, 2), 3)
    )
    assert judged(every, strict)["", "", "empty"][0] == 1


def test_findings_are_asked_one_by_one_where_they_are_known() -> None:
    probabilities = np.array([[0.9, 0.5], [0.4, 0.5], [0.2, 0.6], [0.3, 0.9]])
    labels = np.array([[1, -1], [1, 0], [0, 1], [0, 1]])
    thresholds = np.array([[0.5, 0.5], [0.4, 0.4]])  # absent, present
    rule = SetRule(0.5, several=True, thresholds=thresholds, patients=np.full((2, 2), 3))
    found = judged(calibrations(probabilities, labels, list("pqrs"), ("edema", "mass")), rule)
    assert found["edema", "present", "covered"][0] == 0.5
    assert found["edema", "absent", "covered"][0] == 1
    assert found["mass", "absent", "covered"][0] == 1
    assert found["mass", "", "full"][0] == 0.75  # .5 and .6 are both above .4
    assert found["edema", "", "single"][0] == 1


def test_limits_are_those_of_patients() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.random(200)
    both = np.stack([probabilities, 1 - probabilities], axis=1)
    labels = np.arange(200) % 2
    rule = SetRule(
        0.5, several=False, thresholds=np.array([[0.3, 0.3]]), patients=np.full((1, 2), 30)
    )
    alone = judged(calibrations(both, labels, [f"p{n}" for n in range(200)], ("a", "b")), rule)
    value, low, high = alone["", "a", "covered"]
    assert value == (probabilities[labels == 0] >= 0.3).mean()
    interval = stats.binomtest(round(100 * value), 100).proportion_ci(0.95, "wilson")
    assert (low, high) == pytest.approx((interval.low, interval.high), abs=0.01)
    twice = judged(
        calibrations(
            np.repeat(both, 2, axis=0),
            np.repeat(labels, 2),
            [f"p{n // 2}" for n in range(400)],
            ("a", "b"),
        ),
        rule,
    )
    assert twice["", "a", "covered"] == pytest.approx(alone["", "a", "covered"])


def test_few_calibration_patients_cover_now_more_now_less() -> None:
    mean, low, high = expected_coverage(9, 0.9, 0.95)
    assert mean == pytest.approx(0.9)
    assert low == pytest.approx(0.025 ** (1 / 9))  # the least of nine draws
    assert high == pytest.approx(0.975 ** (1 / 9))
    assert expected_coverage(1000, 0.9, 0.95)[1] > 0.88
