"""Transformations: exact at the value, monotone back, safe at the ends."""

import numpy as np
import pytest

from pleura.evaluate.transformations import CORRELATION, LOG, ROOT, SHARE, Transformation, arcsine
from tests.evaluate.tables import means

AXES = [SHARE, CORRELATION, ROOT, LOG, arcsine(0.0, 2.0)]


@pytest.mark.parametrize("axis", AXES)
def test_a_difference_comes_back_exactly_and_its_ends_in_order(axis: Transformation) -> None:
    ours, theirs = 0.93, 0.81
    exact = float(axis.forward(ours)) - float(axis.forward(theirs))
    found = axis.difference(ours, theirs, [exact - 0.1, 0, exact, exact + 0.1])
    assert found[2] == pytest.approx(ours - theirs)
    assert found[1] == 0
    assert found[0] < found[2] < found[3]


@pytest.mark.parametrize("axis", AXES)
def test_the_slope_is_the_derivative(axis: Transformation) -> None:
    step = 1e-6
    rise = axis.forward(0.7 + step) - axis.forward(0.7 - step)
    assert axis.slope(0.7) == pytest.approx(float(rise) / (2 * step), rel=1e-6)


def test_a_sample_keeps_its_value_and_the_values_without_each_patient() -> None:
    table = np.random.default_rng(0).uniform(0.5, 1, size=(3, 20))
    sample = means(table)
    scaled = sample.transformed(SHARE)
    assert scaled.value == pytest.approx(float(SHARE.forward(sample.value)))
    np.testing.assert_allclose(scaled.without.mean(axis=0), SHARE.forward(sample.without.mean(0)))
    assert np.argsort(scaled.seeds).tolist() == np.argsort(sample.seeds).tolist()


def test_differences_never_leave_what_is_possible() -> None:
    found = SHARE.difference(1.0, 0.98, np.linspace(-4, 4, 33))
    assert (np.diff(found) >= 0).all()
    assert found.min() >= -1
    assert found.max() <= 1
    assert np.isfinite(means(np.ones((2, 9))).transformed(SHARE).without).all()
