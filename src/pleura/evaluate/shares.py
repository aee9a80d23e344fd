"""Shares of images, such as a sensitivity: sums without a patient, and short intervals."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.sparse import csr_array

from pleura.evaluate.intervals import wilson
from pleura.evaluate.jackknife import LeaveOneOut, effective_freedom, variance
from pleura.evaluate.ranking import Floats


def sums_over(kept: NDArray[np.bool_], columns: Floats) -> Floats:
    """Sums of columns (n, c) over the images kept (b, n): (b, c), fast where few are left out."""
    left_out = csr_array(~kept)
    return np.asarray(columns.sum(axis=0) - left_out @ columns)


def share_interval(sample: LeaveOneOut, level: float, patients: int) -> tuple[float, float]:
    """Wilson's limits for as many independent trials as have the variance found.

    The variance carries patients and seeds as in `summarise`, the degrees of freedom are those of
    `compare`. Where nothing varies there are `patients` trials. A sensitivity of .99 hangs on the
    few patients missed: there t limits on the logit scale cover 97 to 99 % and are up to three
    times as wide (docs/concepts/calibration.md). Both limits are nan where the share, or its
    variance, is not known.
    """
    share, most = sample.value, sample.without.shape[1] - 1
    spread, freedom = variance(sample, float(np.sqrt(most * effective_freedom(sample))))
    if not np.isfinite(spread):
        return np.nan, np.nan
    trials = share * (1 - share) / spread if spread > 0 and 0 < share < 1 else patients
    return wilson(share, max(1, round(trials)), float(stats.t.ppf((1 + level) / 2, freedom)))
