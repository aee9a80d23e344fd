"""Limits of means and differences that have no scale of their own: t limits as they stand."""

import numpy as np
from scipy import stats

from pleura.evaluate.jackknife import LeaveOneOut, effective_freedom, variance


def plain_limits(sample: LeaveOneOut, level: float) -> tuple[float, float, float]:
    """t limits of a value that may be negative, and the two-sided p of 0.

    Variance and degrees of freedom are those of `compare.limits`: they carry patients and seeds.
    All three are nan where nothing varies.
    """
    most = sample.without.shape[1] - 1
    spread, freedom = variance(sample, float(np.sqrt(most * effective_freedom(sample))))
    error = np.sqrt(spread) if spread > 0 else np.nan
    half = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    p = float(2 * stats.t.sf(abs(sample.value) / error, freedom))
    return sample.value - half, sample.value + half, p
