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
    still = [group.bearing for group, (each, _) in zip((one, two), parts, strict=True) if not each]
    if np.isfinite(axis.width):
        for bearing in still:
            added = NONE_OF_N / bearing
            scatter = squared_error**2 / freedom + added**2 / max(1, bearing - 1)
            squared_error, freedom = squared_error + added, (squared_error + added) ** 2 / scatter
    if not squared_error > 0:
        return np.nan, np.nan, np.nan
    error, t = np.sqrt(squared_error), quantile(level, freedom)
    tested = together.value
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
