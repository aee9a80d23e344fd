"""Metrics of numbers, such as an age: their records, and their values under weights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pleura.evaluate.metric import Metric
from pleura.evaluate.ranking import Floats
from pleura.evaluate.transformations import CORRELATION, ROOT, Transformation

SAME = 1e-12  # of the mean square, a variance up to which numbers are the same


@dataclass(frozen=True)
class Moments:
    """Weighted means over images under b sets of weights, each (b,): of the absolute and the
    squared error, and mean, variance and covariance of truth and prediction."""

    absolute: Floats
    squared: Floats
    truth: Floats
    predicted: Floats
    truth_variance: Floats
    predicted_variance: Floats
    covariance: Floats


def moments(truth: Floats, predicted: Floats, weights: NDArray[np.float64]) -> Moments:
    """truth, predicted: (n,); weights: (b, n), not negative. Variances divide by the weight."""
    counted = weights > 0
    first = truth[counted.argmax(axis=1)]
    varies = (counted & (truth != first[:, None])).any(axis=1)
    # About a common middle, so that numbers far from 0 lose no digits.
    middle = truth.mean()
    y, p = truth - middle, predicted - middle
    error = predicted - truth
    columns = np.stack([np.abs(error), error**2, y, p, y * y, p * p, y * p], axis=1)
    with np.errstate(invalid="ignore"):
        means = (weights @ columns / weights.sum(axis=1)[:, None]).T
    absolute, squared, mean, mean_predicted, yy, pp, yp = means
    return Moments(
        absolute,
        squared,
        mean,
        mean_predicted,
        np.where(varies, yy - mean**2, 0),  # rounding alone would leave some of it
        pp - mean_predicted**2,
        yp - mean * mean_predicted,
    )


def unexplained(of: Moments) -> Floats:
    """1 - R²: the squared error against that of always telling the mean; nan where all truths are
    the same."""
    return _ratio(of.squared, of.truth_variance)


def concordance(of: Moments) -> Floats:
    """Lin's concordance correlation (1989), -1 to 1: how near pairs lie to the line of identity."""
    apart = of.truth_variance + of.predicted_variance + (of.truth - of.predicted) ** 2
    return np.clip(_ratio(2 * of.covariance, apart), -1, 1)


def correlation(of: Moments) -> Floats:
    """Pearson's correlation of truth and prediction, -1 to 1; 0 where all predictions are the same,
    nan where all truths are."""
    # What a variance of equal predictions is not 0 by is rounding.
    varies = of.predicted_variance > SAME * (of.predicted_variance + of.predicted**2)
    both = np.where(varies, of.truth_variance * of.predicted_variance, of.truth_variance)
    apart = np.sqrt(np.maximum(0, both))
    return np.clip(_ratio(np.where(varies, of.covariance, 0.0), apart), -1, 1)


def _ratio(of: Floats, to: Floats) -> Floats:
    return np.divide(of, to, out=np.full_like(of, np.nan), where=to > 0)


@dataclass(frozen=True, kw_only=True)
class NumberMetric(Metric):
    """A metric of numbers. of: its value (b,), of a `turned` one 1 less the metric."""

    of: Callable[[Moments], Floats]


UP_TO_1 = Transformation(-np.inf, 1.0, ROOT.forward, ROOT.slope, ROOT.inverse)
MAE = NumberMetric(
    "mae", "mean absolute error", ROOT, higher_is_better=False, of=lambda of: of.absolute
)
R2 = NumberMetric("r2", "R²", UP_TO_1, of=unexplained, turned=True)
CONCORDANCE = NumberMetric("concordance", "concordance", CORRELATION, of=concordance)
RMSE = NumberMetric(
    "rmse", "root mean squared error", ROOT, higher_is_better=False, of=lambda m: np.sqrt(m.squared)
)
PEARSON = NumberMetric("correlation", "correlation", CORRELATION, of=correlation)
"""Not in the tables of metrics: it does not see predictions that are all too high, or too near to
each other, which a metric of a model must."""
LISTED = (MAE, R2, CONCORDANCE, RMSE)
METRICS: Mapping[str, NumberMetric] = {metric.name: metric for metric in LISTED}
"""The records by name, in the order of tables."""
IN_UNITS = (MAE.name, RMSE.name)
"""Those in the unit of the number itself."""


def measures(unit: str, spread: float = 1.0) -> dict[str, NumberMetric]:
    """Every metric by its name; errors are in `unit`, where one is known, with as many digits as
    tell a hundredth of the `spread` of the numbers, such as their standard deviation."""
    digits = int(np.clip(2 - np.floor(np.log10(spread)), 0, 6)) if spread > 0 else 3
    return {
        name: replace(metric, unit=unit, digits=digits, tick_digits=max(0, digits - 1))
        if name in IN_UNITS
        else metric
        for name, metric in METRICS.items()
    }


def evaluate_numbers(
    truth: Floats, predicted: Floats, weights: NDArray[np.float64] | None = None
) -> dict[str, Floats]:
    """Every metric by its name, (b,) under weights (b, n), of numbers (n,) each; equal to
    scikit-learn's with `sample_weight`."""
    of = moments(truth, predicted, np.ones((1, len(truth))) if weights is None else weights)
    return {m.name: 1 - m.of(of) if m.turned else m.of(of) for m in LISTED}
