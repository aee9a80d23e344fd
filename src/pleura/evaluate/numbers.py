"""Intervals and paired comparisons of metrics of numbers, by patient and with seeds."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.errors import InputError
from pleura.evaluate import compare, intervals
from pleura.evaluate.jackknife import LeaveOneOut, leave_out, patient_groups
from pleura.evaluate.metric import Metric
from pleura.evaluate.number_metrics import LISTED, METRICS, NumberMetric, moments
from pleura.evaluate.number_runs import NumberRun, read_number_runs
from pleura.evaluate.ranking import Floats

ALL = "all"


def summarise_numbers(predictions: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Every metric of every recipe and fraction on the test part, with its interval.

    `predictions`: see `read_number_runs`, which also says what is refused. Values, limits and
    columns are those of `intervals.summarise`, of class "all". Limits of errors, and of 1 - R², are
    made on the log scale.
    """
    table = read_number_runs(predictions)
    groups = patient_groups(table.runs)
    rows = []
    for recipe, fraction in table.pairs:
        runs = table.of(recipe, fraction)
        counts = intervals.sizes(runs)
        for name, sample in leave_one_out(runs, groups).items():
            estimate = intervals.with_limits(METRICS[name], sample, level, counts[0])
            rows.append((recipe, fraction, name, ALL, *estimate, *counts))
    return pd.DataFrame(rows, columns=intervals.COLUMNS + intervals.SIZES)


def compare_numbers(
    predictions: pd.DataFrame,
    *,
    reference: str,
    metric: str | Metric = "mae",
    margin: float = 0.01,
    level: float = 0.95,
) -> pd.DataFrame:
    """Every other recipe against `reference`, as `compare.compare` does it; `margin` is in the
    metric's own unit. Raises InputError as it does, and what `read_number_runs` refuses."""
    name = metric if isinstance(metric, str) else metric.name
    if name not in METRICS:
        raise InputError(f"compare: no metric {name!r}; choose one of {', '.join(METRICS)}")
    record, table = METRICS[name], read_number_runs(predictions)
    groups = patient_groups(table.runs)
    rows, tests = [], []

    def measured(runs: list[NumberRun]) -> LeaveOneOut:
        return leave_one_out(runs, groups, [record])[name]

    for recipe, fraction, ours, one, two in compare.pairs(table, reference, measured):
        if record.turned:  # both are of 1 less the metric
            one, two = two, one
        sizes = intervals.sizes(ours)
        numbers = one.value - two.value, *compare.limits(record, one, two, level, sizes[0])
        rows.append((recipe, reference, fraction, name, *numbers, 1.0, "", np.nan, *sizes))
        tests.append(compare.tested(record, one, two, sizes[0]))
    result = pd.DataFrame(rows, columns=compare.COLUMNS + intervals.SIZES)
    result = compare.with_detectable(
        compare.adjusted(result, ["metric"]), record, tests, level, ["metric"]
    )
    return compare.with_verdicts(result, record, margin, level)


def leave_one_out(
    runs: Sequence[NumberRun],
    groups: Mapping[str, int],
    metrics: Sequence[NumberMetric] = LISTED,
) -> dict[str, LeaveOneOut]:
    """Metrics by name, of `turned` ones 1 less the metric, with each patient left out."""

    def measure(run: NumberRun, included: NDArray[np.bool_]) -> Mapping[str, Floats]:
        of = moments(run.truth, run.predicted, included.astype(np.float64))
        return {metric.name: metric.of(of) for metric in metrics}

    return leave_out(runs, groups, measure)
