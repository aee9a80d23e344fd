"""How predicted numbers agree with true ones: bias, limits of agreement, calibration."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.evaluate.jackknife import LeaveOneOut, leave_out, patient_groups, t_limits
from pleura.evaluate.number_metrics import moments
from pleura.evaluate.number_runs import NumberRun
from pleura.evaluate.ranking import Floats

WITHIN = 1.959964  # standard deviations of a normal distribution that hold 95 %
BINS = 5
AGREEMENT = ("bias", "lower", "upper", "slope")


def agreement(runs: Sequence[NumberRun], level: float = 0.95) -> pd.DataFrame:
    """How the runs of one recipe at one fraction agree with the truth: a row for each of the
    columns name, value, low, high.

    `bias` is the mean of predicted minus true, `lower` and `upper` the limits within which 95 % of
    these differences lie (Bland and Altman 1986: the mean and 1.96 standard deviations either way).
    `slope` is that of the line of the truth on what is predicted, 1 where predictions mean what
    they say, below 1 where they are spread too far. Limits are t limits, which carry patients and
    seeds.
    """

    def measure(run: NumberRun, included: NDArray[np.bool_]) -> Mapping[str, Floats]:
        weights = included.astype(np.float64)
        of, n = moments(run.truth, run.predicted, weights), weights.sum(axis=1)
        bias = of.predicted - of.truth
        spread = np.sqrt(np.maximum(of.squared - bias**2, 0) * n / np.maximum(n - 1, 1))
        slope = np.full_like(bias, np.nan)
        np.divide(of.covariance, of.predicted_variance, out=slope, where=of.predicted_variance > 0)
        ends = bias - WITHIN * spread, bias + WITHIN * spread
        return dict(zip(AGREEMENT, (bias, *ends, slope), strict=True))

    return _table(leave_out(runs, patient_groups(runs), measure), level)


def calibration(runs: Sequence[NumberRun], level: float = 0.95) -> pd.DataFrame:
    """The mean true number, `value` with limits, by bins of what is predicted, whose mean is
    `predicted`; up to five bins, with as many images each. Limits carry patients and seeds."""
    every = np.concatenate([run.predicted for run in runs])
    edges = np.unique(np.quantile(every, np.arange(1, BINS) / BINS))
    bins = len(edges) + 1
    shown = np.searchsorted(edges, every, side="right")
    there = [at for at in range(bins) if (shown == at).any()]

    def measure(run: NumberRun, included: NDArray[np.bool_]) -> Mapping[str, Floats]:
        of = np.searchsorted(edges, run.predicted, side="right")
        with np.errstate(invalid="ignore"):
            return {
                str(at): (included @ np.where(of == at, run.truth, 0))
                / (included @ (of == at).astype(int))
                for at in there
            }

    curve = _table(leave_out(runs, patient_groups(runs), measure), level)
    return curve.assign(predicted=[every[shown == at].mean() for at in there])


def _table(samples: Mapping[str, LeaveOneOut], level: float) -> pd.DataFrame:
    rows = []
    for name, sample in samples.items():
        low, high, _ = t_limits(sample, level, -np.inf, np.inf)
        rows.append((name, sample.value, low, high))
    return pd.DataFrame(rows, columns=["name", "value", "low", "high"])
