"""The difference of one metric between two groups of images, which may share patients."""

from dataclasses import dataclass

import numpy as np

from pleura.evaluate.jackknife import LeaveOneOut, effective_freedom, jackknife, variance
from pleura.evaluate.metric import Metric
from pleura.evaluate.ranking import Floats, Ints
from pleura.evaluate.student import p_of, quantile

# Where none of n patients differs, the share that could is below 3 / n at 95 % (Hanley and
# Lippman-Hand 1983), sqrt(3 / n) away on the axis of the arcsine: as far as 1.96 standard errors.
NONE_OF_N = 3 / 1.96**2


@dataclass(frozen=True)
class GroupMetric:
    """One metric in one group. sample: with each of the group's m patients left out; numbers: (m,)
    the place of each among all patients; bearing: patients that the metric rests on."""

    sample: LeaveOneOut
    numbers: Ints
    bearing: int


def difference_between(
    metric: Metric, one: GroupMetric, two: GroupMetric, level: float
) -> tuple[float, float, float]:
    """Confidence limits of one - two and the two-sided p of no difference.

    Both are those of a t test on the axis of the metric's transformation. The variance carries
    patients, with what two groups share through patients that are in both, and seeds (see
    `jackknife.variance`); its degrees of freedom are those of Welch (1947) from those of each
    group. A group in which no patient changes the metric, such as one without any miss, adds the
    variance of `NONE_OF_N` instead of 0: five of five found do not differ from eight of ten.
    """
    axis = metric.transformation
    ours, theirs = (group.sample.transformed(axis) for group in (one, two))
    union = np.union1d(one.numbers, two.numbers)
    together = _among(ours, one.numbers, union) - _among(theirs, two.numbers, union)
    parts = [_own(sample) for sample in (ours, theirs)]
    spread = sum(each for each, _ in parts)
    scatter = sum(each**2 / freedom for each, freedom in parts)
    squared_error, freedom = variance(together, spread**2 / scatter if scatter else 1.0)
    return _limits(metric, one, two, level, together.value, (squared_error, freedom))


def difference_of_separate(
    metric: Metric, one: GroupMetric, two: GroupMetric, level: float
) -> tuple[float, float, float]:
    """The same of two groups that were judged by trainings of their own, such as two studies, which
    need not be as many.

    Each group adds its own variance over patients and seeds (see `jackknife.variance`), with
    degrees of freedom after Welch (1947). What patients who are in both groups share is taken off;
    without any the groups are independent.
    """
    axis = metric.transformation
    ours, theirs = (group.sample.transformed(axis) for group in (one, two))
    parts = [variance(sample, _own(sample)[1]) for sample in (ours, theirs)]
    spread = sum(each for each, _ in parts)
    scatter = sum(each**2 / freedom for each, freedom in parts if each)
    freedom = spread**2 / scatter if scatter else 1.0
    shared = 2 * _covariance(ours, theirs, one.numbers, two.numbers)
    spread = max(spread - shared, 0.0)
    return _limits(metric, one, two, level, ours.value - theirs.value, (spread, freedom))


def _covariance(ours: LeaveOneOut, theirs: LeaveOneOut, numbers: Ints, others: Ints) -> float:
    """What the values of two groups have in common through patients who are in both, never below
    0; by the jackknife."""
    _, mine, its = np.intersect1d(numbers, others, return_indices=True)
    moved = []
    for sample, at in ((ours, mine), (theirs, its)):
        without = sample.without.mean(axis=0)
        m = len(without)
        moved.append((without - without.mean())[at] * np.sqrt((m - 1) / m))
    return max(0.0, float((moved[0] * moved[1]).sum()))


def _limits(
    metric: Metric,
    one: GroupMetric,
    two: GroupMetric,
    level: float,
    tested: float,
    variance: tuple[float, float],
) -> tuple[float, float, float]:
    """Limits of one - two and the p of none. `tested` is the difference on the axis of the metric's
    transformation, `variance` its variance there with the degrees of freedom."""
    axis, (squared_error, freedom) = metric.transformation, variance
    if np.isfinite(axis.width):
        for group in (one, two):
            if _own(group.sample.transformed(axis))[0]:
                continue
            added = NONE_OF_N / group.bearing
            scatter = squared_error**2 / freedom + added**2 / max(1, group.bearing - 1)
            squared_error, freedom = squared_error + added, (squared_error + added) ** 2 / scatter
    if not squared_error > 0:
        return np.nan, np.nan, np.nan
    error, t = np.sqrt(squared_error), quantile(level, freedom)
    ends = tested + np.array([-t, t]) * error
    ends = axis.difference(one.sample.value, two.sample.value, ends)
    low, high = np.clip(ends, -metric.width, metric.width)
    return float(low), float(high), p_of(tested / error, freedom)


def _among(sample: LeaveOneOut, numbers: Ints, union: Ints) -> LeaveOneOut:
    """With each patient of `union` left out: those of other groups change nothing."""
    without: Floats = np.repeat(sample.seeds[:, None], len(union), axis=1)
    without[:, np.searchsorted(union, numbers)] = sample.without
    return LeaveOneOut(sample.seeds, without)


def _own(sample: LeaveOneOut) -> tuple[float, float]:
    """Variance over the group's own patients, exactly 0 where none changes anything, and its
    degrees of freedom (see `jackknife.spread`)."""
    without = sample.without.mean(axis=0)
    variance = jackknife(without)
    freedom = np.sqrt((len(without) - 1) * effective_freedom(sample))
    return (variance if variance > 1e-24 else 0.0), max(1.0, float(freedom))
