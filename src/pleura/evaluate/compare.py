"""Paired comparison of every recipe with a reference: the comparisons table."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from pleura.errors import InputError, refuse
from pleura.evaluate.intervals import SIZES, bearing, patients_by_class, sizes
from pleura.evaluate.jackknife import (
    LeaveOneOut,
    leave_one_out,
    patient_groups,
    spread,
)
from pleura.evaluate.metric import ClassificationMetric, Metric
from pleura.evaluate.metrics import METRICS
from pleura.evaluate.power import Components, Question, off_axis
from pleura.evaluate.predicted_runs import PredictedRun, read_runs
from pleura.evaluate.ranking import Floats
from pleura.evaluate.runs import AnyRun, Runs
from pleura.evaluate.student import p_of, quantile
from pleura.wording import count

Measured = TypeVar("Measured")
COLUMNS = [
    *("recipe", "reference", "fraction", "metric", "difference", "low", "high"),
    *("p", "p_holm", "verdict", "detectable"),
]


def compare(
    predictions: pd.DataFrame,
    *,
    reference: str,
    metric: str | Metric = "auroc",
    margin: float = 0.01,
    level: float = 0.95,
) -> pd.DataFrame:
    """Every other recipe against `reference`, at every fraction that both have.

    The difference (recipe - reference) is paired: same test images, same seeds; seeds that only one
    of the two has are left out. `metric`, by name or record, is the macro or overall one. `low` and
    `high` carry patients and seeds as in `summarise`; `p` is two-sided; `p_holm` is adjusted for
    all rows (Holm 1979). The verdict is "better" or "worse" where p_holm < 1 - level, else "as
    good" where the whole interval is better than -margin, else "no difference shown". `detectable`
    is the smallest difference that four of five such studies would show (see `with_detectable`).
    Columns: recipe, reference, fraction, metric, difference, low, high, p, p_holm, verdict,
    detectable, patients, images, seeds. Raises InputError for an unknown metric or reference,
    different test images, no seed in common, and what `read_runs` refuses.
    """
    table = read_runs(predictions)
    record = _record_of(metric).of_classes(len(table.names))
    groups = patient_groups(table.runs)
    rows, tests = [], []

    def measured(runs: list[PredictedRun]) -> LeaveOneOut:
        return leave_one_out(runs, groups, table.names, [record])[record.overall]

    for recipe, fraction, ours, one, two in pairs(table, reference, measured):
        patients = bearing(patients_by_class(ours, len(table.names)), record, None)
        numbers = one.value - two.value, *limits(record, one, two, level, patients)
        filled = 1.0, "", np.nan
        rows.append((recipe, reference, fraction, record.name, *numbers, *filled, *sizes(ours)))
        tests.append(tested(record, one, two, patients))
    result = adjusted(pd.DataFrame(rows, columns=COLUMNS + SIZES), ["metric"])
    result = with_detectable(result, record, tests, level, ["metric"])
    return with_verdicts(result, record, margin, level)


def _record_of(metric: str | Metric) -> ClassificationMetric:
    record = METRICS.get(metric) if isinstance(metric, str) else metric
    if not isinstance(record, ClassificationMetric):
        raise InputError(f"compare: no metric {metric!r}; choose one of {', '.join(METRICS)}")
    return record


def pairs(
    table: Runs[AnyRun], reference: str, measured: Callable[[list[AnyRun]], Measured]
) -> Iterator[tuple[str, float, list[AnyRun], Measured, Measured]]:
    """Every other recipe at every fraction that `reference` has, too, with its runs of the seeds
    that both have, and what is `measured` of these and of those of the reference: of the same runs
    of the reference once. Raises InputError as `paired` and `Runs.against` do."""
    of_reference: dict[tuple[float, tuple[int, ...]], Measured] = {}
    for recipe, fraction in table.against(reference):
        ours, theirs = paired(table.of(recipe, fraction), table.of(reference, fraction))
        key = fraction, tuple(run.seed for run in theirs)
        if key not in of_reference:
            of_reference[key] = measured(theirs)
        yield recipe, fraction, ours, measured(ours), of_reference[key]


def paired(ours: list[AnyRun], theirs: list[AnyRun]) -> tuple[list[AnyRun], list[AnyRun]]:
    """The runs of the seeds that both have; raises InputError unless their test is the same."""
    where = f"{ours[0].recipe} and {theirs[0].recipe}, fraction {ours[0].fraction:g}"
    seeds = {c.seed for c in ours} & {c.seed for c in theirs}
    if not seeds:
        raise InputError(f"compare: {where} have no seed in common; train both with the same seeds")
    ours, theirs = ([c for c in runs if c.seed in seeds] for runs in (ours, theirs))
    if [(c.seed, c.fold) for c in ours] != [(c.seed, c.fold) for c in theirs]:
        raise InputError(f"compare: {where} were tested on different folds; use one split")
    problems = []
    for a, b in zip(ours, theirs, strict=True):
        at = f"seed {a.seed}, fold {a.fold}"
        if other := set(a.images) ^ set(b.images):
            verb = "is" if len(other) == 1 else "are"
            problems.append(f"{at}: {count(len(other), 'image')} {verb} in one of them only")
        elif any((x != y).any() for x, y in zip(a.facts, b.facts, strict=True)):
            problems.append(f"{at}: an image has two labels or two patients")
    refuse(f"compare: {where} were tested on different data; use one split", problems)
    return ours, theirs


@dataclass(frozen=True)
class PairedTest:
    """What a paired difference is tested by: its value and standard error, on the axis of the
    metric's transformation or, where it does not vary, on the metric's own (`plain`), and the
    degrees of freedom. `about` is the middle of both values. `expected` are standard error and
    freedom of other studies of that size: few seeds that happen to agree do not make them less."""

    value: float
    error: float
    freedom: float
    about: float
    expected: tuple[float, float]
    plain: bool = False

    @property
    def p(self) -> float:
        """The two-sided p of no difference."""
        return p_of(self.value / self.error, self.freedom)


def tested(metric: Metric, ours: LeaveOneOut, theirs: LeaveOneOut, patients: int) -> PairedTest:
    """The test of the paired difference ours - theirs; see `limits`."""
    axis, about = metric.transformation, (ours.value + theirs.value) / 2
    transformed = ours.transformed(axis) - theirs.transformed(axis)
    error, _, freedom = spread(transformed, 0.5)  # whatever the level is
    if error == 0:
        error = np.sqrt(2) / (patients + 2) * (axis.width if np.isfinite(axis.width) else 1)
        value = (ours - theirs).value
        return PairedTest(value, float(error), freedom, about, (float(error), freedom), plain=True)
    seeds, groups = transformed.without.shape
    varies = Components.of(transformed, groups)
    expected = varies.error(groups, seeds), varies.freedom(groups, seeds)
    return PairedTest(transformed.value, error, freedom, about, expected)


def limits(
    metric: Metric, ours: LeaveOneOut, theirs: LeaveOneOut, level: float, patients: int
) -> tuple[float, float, float]:
    """Confidence limits of the paired difference ours - theirs and the two-sided p of none.

    p is that of a t test on the axis of the metric's transformation, where the spread of a
    difference hangs less on its size than on that of the metric itself. Its degrees of freedom are
    the geometric mean of `effective_freedom`, with which alone equal recipes differ too seldom, and
    of m - 1 for m patients, with which alone they differ too often where m is small. Far from zero
    the axis of the metric itself covers better, so each limit is the outer one of both, except that
    zero is left out where the test leaves it out (measured: docs/concepts/intervals.md).

    `patients` bear the metric. Where no patient and no seed changes the difference, its variance is
    that of paired proportions with one discordant patient added each way (Bonett & Price 2012),
    whose values lie as far apart as the metric's range is wide. No limit lies farther from zero
    than that range is wide.
    """
    axis, difference = metric.transformation, ours - theirs
    test = tested(metric, ours, theirs, patients)
    t = quantile(level, test.freedom)
    ends = test.value + np.array([-t, t]) * test.error
    if test.plain:
        low, high = ends.tolist()
    else:
        low, high = axis.difference(ours.value, theirs.value, ends).tolist()
        around, t_around, _ = spread(difference, level)
        below, above = difference.value - t_around * around, difference.value + t_around * around
        low = low if low > 0 >= below else min(low, below)
        high = high if high < 0 <= above else max(high, above)
    low, high = np.clip([low, high], -metric.width, metric.width).tolist()
    return low, high, test.p


def holm(p: Floats) -> Floats:
    """P values adjusted for all comparisons (Holm 1979); nan stays nan and is not counted."""
    order = np.argsort(p)[: int(np.isfinite(p).sum())]
    adjusted = np.full(len(p), np.nan)
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(factors * p[order]))
    return adjusted


def adjusted(table: pd.DataFrame, of: list[str]) -> pd.DataFrame:
    """A table of comparisons whose `p_holm` is adjusted for all rows alike in the columns `of`."""
    p = table["p"].astype(np.float64).groupby([table[name] for name in of])
    return table.assign(p_holm=p.transform(lambda each: holm(each.to_numpy())))


def with_detectable(
    table: pd.DataFrame, metric: Metric, tests: Sequence[PairedTest], level: float, of: list[str]
) -> pd.DataFrame:
    """A table of comparisons, one for each of the `tests`, with `detectable` filled in: the
    smallest difference that would have been shown with a power of 80 %.

    It follows from the standard error of such a study alone (see `Components`), not from the
    difference that was found, whose power after the fact is p in other words (Hoenig and Heisey
    2001). The test is as strict as Holm's correction can be, that of the smallest p among all rows
    alike in the columns `of`. It is nan where the range of the metric holds no difference as
    large, and where there is no test.
    """
    counts = table["p"].groupby([table[name] for name in of]).transform("count")
    found = [
        smallest_shown(metric, test, Question(level, max(1, int(comparisons))))
        for test, comparisons in zip(tests, counts, strict=True)
    ]
    return table.assign(detectable=np.array(found, dtype=np.float64))


def smallest_shown(metric: Metric, test: PairedTest, question: Question) -> float:
    """The smallest difference that a test with this standard error shows; nan where there is
    none."""
    error, freedom = test.expected
    amount = question.errors(freedom) * error
    if test.plain:
        return amount if amount <= metric.width else float("nan")
    return off_axis(metric, test.about, amount)


def with_verdicts(table: pd.DataFrame, metric: Metric, margin: float, level: float) -> pd.DataFrame:
    """A table of comparisons by one metric with `verdict` filled in."""
    numbers = table[["difference", "low", "high", "p_holm"]].itertuples(index=False)
    verdicts = [verdict(*row, margin=margin, level=level, sign=metric.sign) for row in numbers]
    return table.assign(verdict=verdicts)


def verdict(
    difference: float,
    low: float,
    high: float,
    p_holm: float,
    *,
    margin: float,
    level: float,
    sign: int,
) -> str:
    """What may be said of a difference; `sign` is -1 where less is better."""
    if p_holm < 1 - level:
        return "better" if sign * difference > 0 else "worse"
    worst = low if sign > 0 else -high
    return "as good" if worst > -margin else "no difference shown"
