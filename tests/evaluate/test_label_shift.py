"""Shares of classes from probabilities alone, against planted shares."""

import numpy as np
import pytest
from scipy import stats

from pleura.evaluate.label_shift import (
    AT_HOME,
    ESTIMATED,
    TRUE,
    estimate_shares,
    label_shift,
    shares_at_home,
)
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.ranking import Floats, Ints

RIGHT = {"ill": 0.5, "well": 0.5}


def drawn(share: float, n: int, seed: int = 0) -> tuple[Ints, Floats]:
    """Labels of n patients of whom a share is ill (0), and the probabilities, (n, 2), that are
    right where half are: scores are normal, 2 apart."""
    random = np.random.default_rng(seed)
    labels = (random.random(n) >= share).astype(np.int64)
    scores = random.normal(np.where(labels == 0, 1.0, -1.0))
    ill, well = (stats.norm.pdf(scores, mean) for mean in (1.0, -1.0))
    return labels, np.stack([ill, well], axis=1) / (ill + well)[:, None]


def run_of(labels: Ints, probabilities: Floats) -> PredictedRun:
    names = np.array([f"{at:05d}" for at in range(len(labels))], dtype=object)
    return PredictedRun("model", 1.0, 0, 0, names, names, labels, probabilities)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.9])
def test_planted_shares_are_found(share: float) -> None:
    labels, probabilities = drawn(share, 4000)
    found = estimate_shares(probabilities, np.array([0.5, 0.5]), np.ones((1, 4000)))
    assert found.sum() == pytest.approx(1)
    assert found[0, 0] == pytest.approx((labels == 0).mean(), abs=0.025)


def test_it_is_the_likeliest_share() -> None:
    _, probabilities = drawn(0.2, 500)
    found = estimate_shares(probabilities, np.array([0.5, 0.5]), np.ones((1, 500)))[0, 0]

    def likelihood(share: float) -> float:
        return float(np.log(probabilities @ np.array([share, 1 - share]) / 0.5).sum())

    grid = np.linspace(0.001, 0.999, 999)
    assert found == pytest.approx(grid[np.argmax([likelihood(each) for each in grid])], abs=0.002)


def test_weights_leave_patients_out() -> None:
    _, probabilities = drawn(0.3, 60)
    weights = np.ones((2, 60))
    weights[1, :7] = 0
    home = np.array([0.5, 0.5])
    both = estimate_shares(probabilities, home, weights)
    alone = estimate_shares(probabilities[7:], home, np.ones((1, 53)))
    np.testing.assert_allclose(both[1], alone[0], atol=1e-4)


def test_true_shares_stand_beside_with_limits_that_hold_them() -> None:
    labels, probabilities = drawn(0.2, 300)
    table = label_shift(run_of(labels, probabilities), ["ill", "well"], RIGHT)
    rows = table.set_index(["class", "measure"])
    assert rows.loc[("ill", AT_HOME), "value"] == 0.5
    assert rows.loc[("ill", TRUE), "value"] == pytest.approx((labels == 0).mean())
    low, high = (rows[end]["ill", ESTIMATED] for end in ("low", "high"))
    assert low < (labels == 0).mean() < high


def test_images_that_look_otherwise_are_told_by_it() -> None:
    labels, probabilities = drawn(0.5, 300)
    brighter = probabilities[:, 0] / (probabilities[:, 0] + 0.1 * probabilities[:, 1])
    shifted = np.stack([brighter, 1 - brighter], axis=1)
    table = label_shift(run_of(labels, shifted), ["ill", "well"], RIGHT).set_index(
        ["class", "measure"]
    )
    assert table["low"]["ill", ESTIMATED] > table["value"]["ill", TRUE]


def test_findings_are_estimated_each_by_itself() -> None:
    labels, probabilities = drawn(0.2, 3000)
    other, ps = drawn(0.7, 3000, seed=1)
    truth = np.stack([labels == 0, other == 0], axis=1).astype(np.int64)
    truth[:100, 0] = -1
    both = np.stack([probabilities[:, 0], ps[:, 0]], axis=1)
    table = label_shift(run_of(truth, both), ["one", "two"], {"one": 0.5, "two": 0.5})
    found = table.set_index(["class", "measure"])["value"]
    assert found["one", ESTIMATED] == pytest.approx(0.2, abs=0.03)
    assert found["two", ESTIMATED] == pytest.approx(0.7, abs=0.03)
    assert found["one", TRUE] == pytest.approx((labels[100:] == 0).mean())


def test_nothing_is_told_where_shares_at_home_are_not_known() -> None:
    labels, probabilities = drawn(0.2, 30)
    home = shares_at_home({"prevalence": {"ill": 0.5, "well": None}})
    assert label_shift(run_of(labels, probabilities), ["ill", "well"], home).empty
    assert shares_at_home({}) == {}
