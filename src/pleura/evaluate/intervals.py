"""Confidence intervals of every metric: the summary table."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from pleura.evaluate.jackknife import (
    LeaveOneOut,
    effective_freedom,
    leave_one_out,
    patient_groups,
    variance,
)
from pleura.evaluate.metric import ClassificationMetric, Metric
from pleura.evaluate.metrics import metrics_of
from pleura.evaluate.predicted_runs import PredictedRun, read_runs
from pleura.evaluate.runs import Run
from pleura.evaluate.student import quantile

COLUMNS = ["recipe", "fraction", "metric", "class", "value", "low", "high"]
SIZES = ["patients", "images", "seeds"]


def summarise(
    predictions: pd.DataFrame,
    *,
    level: float = 0.95,
    metrics: Sequence[ClassificationMetric] | None = None,
) -> pd.DataFrame:
    """Each of the `metrics`, by default all that there are, of every recipe and fraction on the
    test part, with its interval.

    A value is the mean over folds, then over seeds. `low` and `high` carry patients and seeds at
    confidence `level`; with one seed, patients only. Each patient is left out in turn; beyond
    2,000 patients, as many random groups of them are (see `patient_groups`).
    Columns: recipe, fraction, metric, class (a class name, "macro" or "all"), value, low, high,
    patients, images, seeds; patients and images count the whole test part. The limits are nan
    where a class rests on a single patient, or where the log loss does not vary at all. Raises
    InputError (see `read_runs`).
    """
    table = read_runs(predictions)
    groups = patient_groups(table.runs)
    chosen = metrics_of(table.runs[0].labels).values() if metrics is None else metrics
    records = {metric.name: metric.of_classes(len(table.names)) for metric in chosen}
    rows = []
    for recipe, fraction in table.pairs:
        runs = table.of(recipe, fraction)
        shown, counts = patients_by_class(runs, len(table.names)), sizes(runs)
        for (key, name), sample in leave_one_out(runs, groups, table.names, metrics).items():
            at = table.names.index(name) if name in table.names else None
            ends = interval(records[key], sample, level, bearing(shown, records[key], at))
            rows.append((recipe, fraction, key, name, sample.value, *ends, *counts))
    return pd.DataFrame(rows, columns=COLUMNS + SIZES)


def undefined_without(
    predictions: pd.DataFrame, summary: pd.DataFrame, metrics: Sequence[ClassificationMetric]
) -> pd.DataFrame:
    """The rows of a table that `summarise` made by the `metrics` that have a value and no
    limits because the metric cannot be told without some single patient, the only one of a class.

    A column more, `undefined`, counts these patients (of more than 2000, the groups of patients).
    """
    lost = summary[summary["value"].notna() & summary["low"].isna()]
    if lost.empty:
        return lost.assign(undefined=0)
    table = read_runs(predictions)
    groups = patient_groups(table.runs)
    counts = []
    for recipe, fraction in dict.fromkeys(zip(lost["recipe"], lost["fraction"], strict=True)):
        rows = lost[(lost["recipe"] == recipe) & (lost["fraction"] == fraction)]
        runs, names = table.of(recipe, fraction), set(rows["metric"])
        asked = [metric for metric in metrics if metric.name in names]
        samples = leave_one_out(runs, groups, table.names, asked)
        keys = zip(rows["metric"], rows["class"], strict=True)
        counts.append(pd.Series([samples[key].undefined for key in keys], index=rows.index))
    every = lost.assign(undefined=pd.concat(counts))
    return every[every["undefined"] > 0]


def interval(
    metric: Metric, sample: LeaveOneOut, level: float, patients: int
) -> tuple[float, float]:
    """Confidence limits of one metric: t limits of the logit of its share of its range (from -1 to
    1 that is twice Fisher's z), or of the logarithm where the axis has no upper end; no limit is
    above the greatest value that there is.

    They lie about the value, of a biased metric about the value less its bias. `patients` bear the
    metric (see `bearing`). Where nothing varies, as at a proportion of 0 or 1,
    the limits are Wilson's for that many independent trials.
    """
    value, axis = sample.value, metric.transformation
    if metric.biased:
        # Never more than half of the way to an end of the range.
        value = float(np.clip(value - sample.bias, (axis.low + value) / 2, (value + axis.high) / 2))
    spread, freedom = variance(sample, effective_freedom(sample))
    low, high = limits_about(metric, value, spread, quantile(level, freedom), patients)
    # Less its bias a value may lie outside of limits that are made without it.
    return (min(low, sample.value), max(high, sample.value)) if metric.biased else (low, high)


def limits_about(
    metric: Metric, value: float, spread: float, t: float, patients: int
) -> tuple[float, float]:
    """The limits of `interval` about a value whose variance is `spread`, with the quantile t."""
    axis, error = metric.transformation, t * np.sqrt(spread)
    if not np.isfinite(axis.width):
        factor = np.exp(error / value) if spread > 0 else np.nan
        return value / factor, min(value * factor, max(value, metric.greatest))
    share = (value - axis.low) / axis.width
    if spread == 0:
        low, high = wilson(share, patients, t)
    else:
        half = error / axis.width / (share * (1 - share))
        low, high = special.expit(special.logit(share) + np.array([-half, half])).tolist()
    return axis.low + low * axis.width, axis.low + high * axis.width


def with_limits(
    metric: Metric, sample: LeaveOneOut, level: float, patients: int
) -> tuple[float, float, float]:
    """The value of a metric and its confidence limits (see `interval`), of a `turned` one from a
    sample of 1 less the metric."""
    value, (low, high) = sample.value, interval(metric, sample, level, patients)
    return (1 - value, 1 - high, 1 - low) if metric.turned else (value, low, high)


def wilson(share: float, n: int, t: float) -> tuple[float, float]:
    """Score limits of a proportion in n independent trials (Wilson 1927), with the quantile t."""
    centre = (share + t**2 / (2 * n)) / (1 + t**2 / n)
    half = t / (1 + t**2 / n) * np.sqrt(share * (1 - share) / n + t**2 / (4 * n**2))
    return max(0.0, min(share, float(centre - half))), min(1.0, max(share, float(centre + half)))


def patients_by_class(runs: Sequence[PredictedRun], k: int) -> NDArray[np.bool_]:
    """Which patients have test images of a class, and which have test images that are known not to
    be of it: (patients, k, 2)."""
    names, row = np.unique(np.concatenate([run.patients for run in runs]), return_inverse=True)
    both = [np.stack([run.positive, run.is_known & ~run.positive], axis=2) for run in runs]
    shown = np.zeros((len(names), k, 2), dtype=np.bool_)
    np.logical_or.at(shown, row, np.concatenate(both))
    return shown


def bearing(shown: NDArray[np.bool_], metric: ClassificationMetric, at: int | None) -> int:
    """How many patients bear a metric (see `ClassificationMetric.borne_by`).

    shown: see `patients_by_class`; `at` is the index of the class, None for "macro" and "all".
    """
    if metric.borne_by == "all":
        return len(shown)
    of_class, rest = shown.sum(axis=0).T
    if at is None:
        return int(of_class.min())
    if metric.borne_by == "of the rest":
        return int(rest[at])
    least = min(of_class[at], rest[at]) if metric.borne_by == "either" else of_class[at]
    return int(least)


def sizes(
    runs: Sequence[Run], counted: Sequence[NDArray[np.bool_]] | None = None
) -> tuple[int, int, int]:
    """Test patients, test images and seeds behind the runs of one recipe and fraction.

    counted: for each run (n,) which of its images count, by default all.
    """
    counted = counted or [np.ones(len(run.images), np.bool_) for run in runs]
    pairs = list(zip(runs, counted, strict=True))
    patients = {patient for run, at in pairs for patient in run.patients[at]}
    images = {(run.fold, image) for run, at in pairs for image in run.images[at]}
    return len(patients), len(images), len({run.seed for run in runs})
