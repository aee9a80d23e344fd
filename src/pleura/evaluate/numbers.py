"""Metrics of numbers, such as an age, and their intervals and comparisons by patient."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.errors import InputError
from pleura.evaluate import compare, intervals
from pleura.evaluate.jackknife import LeaveOneOut, leave_out, patient_groups
from pleura.evaluate.metric import Metric
from pleura.evaluate.number_runs import NumberRun, read_number_runs
from pleura.evaluate.ranking import Floats
from pleura.evaluate.transformations import CORRELATION, ROOT, Transformation

ALL = "all"


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
        yy - mean**2,
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


def _ratio(of: Floats, to: Floats) -> Floats:
    return np.divide(of, to, out=np.full_like(of, np.nan), where=to > 0)


@dataclass(frozen=True, kw_only=True)
class NumberMetric(Metric):
    """A metric of numbers. of: its value (b,); `turned`: 1 less the metric, which is better the
    smaller it is, and on whose axis its limits are made."""

    of: Callable[[Moments], Floats]
    turned: bool = False


UP_TO_1 = Transformation(-np.inf, 1.0, ROOT.forward, ROOT.slope, ROOT.inverse)
MAE = NumberMetric(
    "mae", "mean absolute error", ROOT, higher_is_better=False, of=lambda of: of.absolute
)
R2 = NumberMetric("r2", "R²", UP_TO_1, of=unexplained, turned=True)
CONCORDANCE = NumberMetric("concordance", "concordance", CORRELATION, of=concordance)
RMSE = NumberMetric(
    "rmse", "root mean squared error", ROOT, higher_is_better=False, of=lambda m: np.sqrt(m.squared)
)
LISTED = (MAE, R2, CONCORDANCE, RMSE)
METRICS: Mapping[str, NumberMetric] = {metric.name: metric for metric in LISTED}
"""The records by name, in the order of tables."""
IN_UNITS = (MAE.name, RMSE.name)
"""Those in the unit of the number itself."""


def measures(unit: str) -> dict[str, NumberMetric]:
    """Every metric by its name; errors are in `unit`, where one is known."""
    within = f" in {unit}" if unit else ""
    return {
        name: replace(metric, label=f"{metric.label}{within}") if name in IN_UNITS else metric
        for name, metric in METRICS.items()
    }


def evaluate_numbers(
    truth: Floats, predicted: Floats, weights: NDArray[np.float64] | None = None
) -> dict[str, Floats]:
    """Every metric by its name, (b,) under weights (b, n), of numbers (n,) each; equal to
    scikit-learn's with `sample_weight`."""
    of = moments(truth, predicted, np.ones((1, len(truth))) if weights is None else weights)
    return {m.name: 1 - m.of(of) if m.turned else m.of(of) for m in LISTED}


def summarise_numbers(
    predictions: pd.DataFrame, *, level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> pd.DataFrame:
    """Every metric of every recipe and fraction on the test part, with its interval.

    `predictions`: see `read_number_runs`, which also says what is refused. Values, limits and
    columns are those of `intervals.summarise`, of class "all". Limits of errors, and of 1 - R², are
    made on the log scale.
    """
    table = read_number_runs(predictions)
    groups = patient_groups(table.runs, resamples, seed)
    rows = []
    for recipe, fraction in table.pairs:
        runs = table.of(recipe, fraction)
        known = intervals.sizes(runs)
        for name, sample in leave_one_out(runs, groups).items():
            metric, value = METRICS[name], sample.value
            if metric.turned:
                high, low = (1 - end for end in intervals.interval(MAE, sample, level, known[0]))
                value = 1 - value
            else:
                low, high = intervals.interval(metric, sample, level, known[0])
            rows.append((recipe, fraction, name, ALL, value, low, high, *known))
    return pd.DataFrame(rows, columns=intervals.COLUMNS + intervals.SIZES)


def compare_numbers(
    predictions: pd.DataFrame,
    *,
    reference: str,
    metric: str | Metric = "mae",
    margin: float = 0.01,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Every other recipe against `reference`, as `compare.compare` does it; `margin` is in the
    metric's own unit. Raises InputError as it does, and what `read_number_runs` refuses."""
    name = metric if isinstance(metric, str) else metric.name
    if name not in METRICS:
        raise InputError(f"compare: no metric {name!r}; choose one of {', '.join(METRICS)}")
    record, table = METRICS[name], read_number_runs(predictions)
    groups = patient_groups(table.runs, resamples, seed)
    rows = []
    for recipe, fraction in table.against(reference):
        ours, theirs = compare.paired(table.of(recipe, fraction), table.of(reference, fraction))
        one, two = (leave_one_out(runs, groups)[name] for runs in (ours, theirs))
        sizes = intervals.sizes(ours)
        difference = one.value - two.value
        if record.turned:
            difference = -difference
            one, two = two, one
            low, high, p = compare.limits(MAE, one, two, level, sizes[0])
        else:
            low, high, p = compare.limits(record, one, two, level, sizes[0])
        found = difference, low, high, p
        rows.append((recipe, reference, fraction, name, *found, 1.0, "", *sizes))
    result = pd.DataFrame(rows, columns=compare.COLUMNS + intervals.SIZES)
    return compare.with_verdicts(compare.adjusted(result, ["metric"]), record, margin, level)


def leave_one_out(runs: Sequence[NumberRun], groups: Mapping[str, int]) -> dict[str, LeaveOneOut]:
    """Metrics by name, of `turned` ones 1 less the metric, with each patient left out."""

    def measure(run: NumberRun, kept: NDArray[np.bool_]) -> Mapping[str, Floats]:
        of = moments(run.truth, run.predicted, kept.astype(np.float64))
        return {metric.name: metric.of(of) for metric in LISTED}

    return leave_out(runs, groups, measure)
