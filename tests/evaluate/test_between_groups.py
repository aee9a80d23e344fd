"""The difference of a metric between two groups, held against scipy's tests of plain means."""

import numpy as np
import pytest
from scipy import stats

from pleura.evaluate.between_groups import (
    GroupMetric,
    difference_between,
    difference_of_separate,
)
from pleura.evaluate.metric import Metric
from pleura.evaluate.ranking import Floats
from pleura.evaluate.transformations import Transformation
from tests.evaluate.tables import means

PLAIN = Metric(
    "mean",
    "mean",
    Transformation(-np.inf, np.inf, np.asarray, lambda _: 1.0, np.asarray),
)


def group(values: Floats, first: int = 0) -> GroupMetric:
    """The mean over patients, whose numbers begin with `first`, of (seeds, patients)."""
    patients = values.shape[-1]
    numbers = np.arange(first, first + patients)
    return GroupMetric(means(np.atleast_2d(values)), numbers, patients)


def two_valued(n: int, middle: float, reach: float) -> Floats:
    """Values of which each weighs the same in the variance, as in a t test's own assumption."""
    return middle + reach * np.where(np.arange(n) % 2, 1.0, -1.0)


def test_other_patients_are_welchs_t_test() -> None:
    one, two = two_valued(20, 1.0, 1.0), two_valued(30, 0.4, 2.0)
    expected = stats.ttest_ind(one, two, equal_var=False)
    # The former leaves the patients of both out of one sample of 50.
    for difference, near in ((difference_between, 0.03), (difference_of_separate, 1e-9)):
        low, high, p = difference(PLAIN, group(one), group(two, 50), 0.95)
        assert p == pytest.approx(expected.pvalue, rel=near)
        ends = tuple(expected.confidence_interval())
        assert (low, high) == pytest.approx(ends, rel=near, abs=near)


def test_patients_of_both_are_paired_with_themselves() -> None:
    random = np.random.default_rng(0)
    one = random.normal(size=400)
    two = 0.8 * one + 0.6 * random.normal(size=400)
    low, high, p = difference_of_separate(PLAIN, group(one), group(two), 0.95)
    expected = stats.ttest_rel(one, two)
    assert (low, high) == pytest.approx(tuple(expected.confidence_interval()), abs=0.002)
    assert p == pytest.approx(expected.pvalue, abs=0.01)
    wide = difference_of_separate(PLAIN, group(one), group(two, 400), 0.95)
    assert wide[1] - wide[0] > 1.9 * (high - low)


def test_each_side_has_the_seeds_that_it_has() -> None:
    random = np.random.default_rng(1)
    one, two = random.normal(size=60), random.normal(size=60)
    apart = {2: np.array([-1.0, 1.0]), 5: np.array([-2.0, -1.0, 0.0, 1.0, 2.0])}
    ends = []
    for shifts in apart.values():
        seeds = one + shifts[:, None] / shifts.std(ddof=1)
        ends.append(difference_of_separate(PLAIN, group(seeds), group(two, 60), 0.95))
    assert np.isfinite(ends).all()
    # Two trainings tell less of their own variance than five.
    assert ends[0][1] - ends[0][0] > ends[1][1] - ends[1][0]
