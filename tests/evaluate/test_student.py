"""Quantiles and p values of Student's t, against scipy.stats and at the ends of what can be."""

import numpy as np
import pytest
from scipy import stats

from pleura.evaluate.student import p_of, quantile


@pytest.mark.parametrize("freedom", [1e-3, 0.4, 1.0, 7.3, 119.0, 1e6])
def test_they_are_those_of_scipy(freedom: float) -> None:
    for level in (0.5, 0.9, 0.95, 0.999):
        assert quantile(level, freedom) == stats.t.ppf((1 + level) / 2, freedom)
    for ratio in (-3.0, 0.0, 0.2, 1.96, 40.0, np.inf):
        assert p_of(ratio, freedom) == 2 * stats.t.sf(abs(ratio), freedom)


def test_where_nothing_is_known_nothing_is_told() -> None:
    assert np.isnan([quantile(0.95, np.nan), quantile(0.95, 0.0)]).all()
    assert np.isnan([p_of(2.0, np.nan), p_of(np.nan, 5.0)]).all()
