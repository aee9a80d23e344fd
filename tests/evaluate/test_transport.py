"""Differences between places, thresholds and the flag, against values that are planted."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from pleura.evaluate.calibration import Calibrated
from pleura.evaluate.calibration_maps import unfitted
from pleura.evaluate.metrics import METRICS
from pleura.evaluate.number_runs import NumberRun
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.transport import (
    differences_of_numbers,
    differences_of_predictions,
    flagged_shares,
    independent_difference,
    thresholds_here,
)

CLASSES = ("ill", "well")


def run_of(ill: NDArray[np.float64], labels: NDArray[np.int64], before: str) -> PredictedRun:
    names = np.array([f"{before}{at:04d}" for at in range(len(ill))], dtype=object)
    probabilities = np.stack([ill, 1 - ill], axis=1)
    return PredictedRun("model", 1.0, 0, 0, names, names, labels, probabilities)


def drawn(apart: float, n: int, seed: int, before: str) -> PredictedRun:
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    scores = random.normal(np.where(labels == 0, apart / 2, -apart / 2))
    return run_of(1 / (1 + np.exp(-scores)), labels, before)


def test_a_difference_is_that_of_a_library_and_shown_where_it_is_large() -> None:
    home, here = drawn(2.5, 200, 0, "h"), drawn(0.3, 200, 1, "n")
    areas = [roc_auc_score(run.labels == 0, run.probabilities[:, 0]) for run in (here, home)]
    table = differences_of_predictions(here, home, CLASSES, METRICS, 0.95)
    row = table[(table["metric"] == "auroc") & (table["class"] == "macro")].iloc[0]
    assert row["difference"] == pytest.approx(areas[0] - areas[1])
    assert row["high"] < 0
    assert row["p_holm"] < 0.05


def test_equal_places_are_seldom_told_apart() -> None:
    shown = 0
    for seed in range(40):
        pair = drawn(1.0, 80, 2 * seed, "n"), drawn(1.0, 80, 2 * seed + 1, "h")
        table = differences_of_predictions(*pair, CLASSES, {"auroc": METRICS["auroc"]}, 0.95)
        shown += bool((table["p"] < 0.05).any())
    assert shown <= 6  # 5 % of 40 are 2; more than 6 would come once in 300 times


def test_who_is_in_both_is_paired_with_himself() -> None:
    run = drawn(1.0, 80, 0, "h")
    table = differences_of_predictions(run, run, CLASSES, METRICS, 0.95)
    assert (table["difference"].abs() < 1e-12).all()
    assert not (table["p"] < 0.99).any()


def test_numbers_differ_by_their_errors() -> None:
    random = np.random.default_rng(0)

    def of(error: float, before: str) -> NumberRun:
        names = np.array([f"{before}{at:03d}" for at in range(100)], dtype=object)
        truth = random.uniform(0, 80, 100)
        return NumberRun("model", 1.0, 0, 0, names, names, truth, truth + error)

    table = differences_of_numbers(of(5.0, "n"), of(2.0, "h"), 0.95).set_index("metric")
    assert table.loc["mae", "difference"] == pytest.approx(3)
    assert table["difference"]["r2"] < 0


def test_a_threshold_of_home_keeps_its_sensitivity_there_and_not_here() -> None:
    at_home = np.linspace(0.05, 0.95, 20)
    labels = np.repeat([0, 1], 10)
    # At home the ten ill have the ten highest probabilities; here five of ten have low ones.
    validation = run_of(at_home[::-1], labels, "v")
    home = run_of(at_home[::-1], labels, "h")
    ill_here = np.r_[np.full(5, 0.9), np.full(5, 0.1)]
    here = run_of(np.r_[ill_here, np.full(10, 0.05)], labels, "n")
    calibrated = Calibrated(
        home,
        home,
        unfitted(labels, 2),
        validation.labels,
        validation.probabilities,
        validation.images,
        validation.patients,
    )
    table = thresholds_here(calibrated, here, CLASSES)
    its = table[(table["class"] == "ill") & (table["target"] == 0.9)]
    found = its.set_index(["measure", "where"])["value"]
    # The ninth of the ten ill images of validation.
    assert found["threshold", ""] == pytest.approx(np.sort(at_home)[::-1][8])
    assert found["sensitivity", "home"] == pytest.approx(0.9)
    assert found["sensitivity", "here"] == pytest.approx(0.5)
    assert found["specificity", "here"] == pytest.approx(1.0)


def test_shares_of_flagged_images_are_counted_by_class() -> None:
    run = drawn(1.0, 40, 0, "n")
    flagged = np.zeros(40, np.bool_)
    flagged[:10:2] = True  # five of the twenty ill
    members = {"ill": run.labels == 0, "well": run.labels == 1}
    table = flagged_shares(run, flagged, members, 0.95).set_index("class")
    assert table["value"].to_dict() == pytest.approx({"all": 0.125, "ill": 0.25, "well": 0.0})
    assert table["high"]["well"] > 0
    assert table.loc["ill", "patients"] == 20


def test_limits_of_independent_values_are_combined() -> None:
    value, low, high = independent_difference((0.7, 0.6, 0.78), (0.9, 0.85, 0.94))
    assert value == pytest.approx(-0.2)
    assert low == pytest.approx(-0.2 - np.hypot(0.1, 0.04))
    assert high == pytest.approx(-0.2 + np.hypot(0.08, 0.05))
