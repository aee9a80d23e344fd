"""Shares of images, such as a sensitivity: sums without a patient, and short intervals."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pleura.evaluate.intervals import wilson
from pleura.evaluate.jackknife import LeaveOneOut, spread
from pleura.evaluate.ranking import Floats


def sums_without(included: NDArray[np.bool_], columns: Floats) -> Floats:
    """Sums (b, c) of columns (n, c) over the images `included` (b, n), fast where few are left
    out."""
    left_out = csr_array(~included)
    return np.asarray(columns.sum(axis=0) - left_out @ columns)


def proportion_interval(sample: LeaveOneOut, level: float, patients: int) -> tuple[float, float]:
    """Wilson's limits for as many independent trials as have the variance found.

    The variance carries patients and seeds as in `summarise`, the degrees of freedom are those of
    `compare`. Where nothing varies there are `patients` trials. A sensitivity of .99 hangs on the
    few patients missed: there t limits on the logit scale cover 97 to 99 % and are up to three
    times as wide (docs/concepts/calibration.md). Both limits are nan where the share, or its
    variance, is not known.
    """
    share = sample.value
    error, t, _ = spread(sample, level)
    if not np.isfinite(error):
        return np.nan, np.nan
    trials = share * (1 - share) / error**2 if error > 0 and 0 < share < 1 else patients
    return wilson(share, max(1, round(trials)), t)
