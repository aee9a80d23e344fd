"""Sums without a patient, and intervals of shares."""

import numpy as np
import pytest
from scipy import stats

from pleura.evaluate.jackknife import LeaveOneOut
from pleura.evaluate.proportions import proportion_interval, sums_without
from tests.evaluate.tables import means


def test_sums_are_those_of_a_product() -> None:
    rng = np.random.default_rng(0)
    kept, columns = rng.random((5, 40)) > 0.1, rng.normal(size=(40, 3))
    np.testing.assert_allclose(sums_without(kept, columns), kept.astype(float) @ columns)


@pytest.mark.parametrize("missed", [0, 1, 5, 20])
def test_independent_images_have_wilsons_limits(missed: int) -> None:
    hits = np.ones((1, 40))
    hits[0, :missed] = 0
    low, high = proportion_interval(means(hits), 0.95, 40)
    expected = stats.binomtest(40 - missed, 40).proportion_ci(0.95, method="wilson")
    assert low == pytest.approx(expected.low, abs=0.03)
    assert high == pytest.approx(expected.high, abs=0.03)


def test_it_holds_the_truth_where_few_patients_fail() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        images = rng.integers(1, 6, 120)
        hits = rng.binomial(images, rng.beta(0.97 * 1.5, 0.03 * 1.5, 120))
        without = (hits.sum() - hits) / (images.sum() - images)
        sample = LeaveOneOut(np.array([hits.sum() / images.sum()]), without[None])
        low, high = proportion_interval(sample, 0.95, 120)
        held += low <= 0.97 <= high
    assert 0.91 <= held / 400 <= 0.99


def test_seeds_widen_it_and_the_unknown_stays_unknown() -> None:
    rng = np.random.default_rng(2)
    same = (rng.random((1, 60)) < 0.8).repeat(3, axis=0).astype(float)
    differing = same.copy()
    differing[0, :20] = 0
    widths = [np.diff(proportion_interval(means(hits), 0.95, 60)) for hits in (same, differing)]
    assert widths[0] < widths[1]
    unknown = LeaveOneOut(np.array([1.0]), np.array([[1.0, np.nan]]))
    assert np.isnan(proportion_interval(unknown, 0.95, 2)).all()
