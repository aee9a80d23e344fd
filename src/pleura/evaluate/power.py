"""How large a difference a study shows, and how many patients and seeds it takes to show one.

The value of a recipe is a mean over seeds on the same test patients, and so is the paired
difference of two. With m patients and s seeds its variance is

    shared / m + (training + single / m) / s

shared: what patients change alike with every seed; single: what they change with one seed and not
with another; training: how far trainings differ on endless patients. It is the model by which the
limits of the report are made (`jackknife.variance`; Obuchowski and Rockette 1995), read forwards.
The power of the t test follows from the noncentral t distribution.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy import optimize, special

from pleura.evaluate.jackknife import LeaveOneOut, effective_freedom, jackknife
from pleura.evaluate.metric import Metric
from pleura.evaluate.student import quantile

POWER = 0.8
MOST_PATIENTS, MOST_SEEDS = 1_000_000, 1_000  # beyond these no answer is given


@dataclass(frozen=True)
class Components:
    """The parts of the variance of a value or a paired difference, on one axis.

    shared, single: times the number of patients. training: nan where one seed cannot tell it.
    bearing: degrees of freedom a patient (see `jackknife.effective_freedom`). excess: the part by
    patients is (1 + excess / m) times what 1 / m makes of it, for metrics whose variance does not
    just fall with the number of patients m. tried: the fewest and the most patients for which that
    holds; beyond them the variance falls as 1 / m from the nearer of the two. seeds: in the pilot,
    on which `training` rests. All parts may be below 0 where they are estimated; they are taken as
    0 after they are averaged.
    """

    shared: float
    single: float = 0.0
    training: float = float("nan")
    bearing: float = 1.0
    excess: float = 0.0
    tried: tuple[float, float] = (0.0, float("inf"))
    seeds: int = 1

    @classmethod
    def of(cls, sample: LeaveOneOut, patients: int) -> "Components":
        """As a pilot with so many patients tells them."""
        seeds, groups = sample.without.shape
        mean = jackknife(sample.without.mean(axis=0))
        bearing = effective_freedom(sample) / max(1, groups - 1)
        if seeds == 1:
            return cls(mean * patients, bearing=bearing)
        alone = float(np.mean([jackknife(row) for row in sample.without]))
        shared = (seeds * mean - alone) / (seeds - 1)
        single = alone - shared
        training = float(sample.seeds.var(ddof=1)) - single
        return cls(shared * patients, single * patients, training, bearing, seeds=seeds)

    @classmethod
    def averaged(cls, every: Iterable["Components"]) -> "Components":
        """The mean of each part over several comparisons."""
        parts = list(every)

        def mean(name: str) -> float:
            return float(np.mean([getattr(each, name) for each in parts]))

        return cls(
            mean("shared"),
            mean("single"),
            mean("training"),
            mean("bearing"),
            mean("excess"),
            seeds=min(each.seeds for each in parts),
        )

    def with_excess(self, excess: float, patients: int, tried: tuple[float, float]) -> "Components":
        """With another law of patients, and the same variance with so many as the pilot had."""
        its = replace(self, excess=excess, tried=tried)
        times = 1 / (patients * its.share(patients))
        return replace(its, shared=times * self.shared, single=times * self.single)

    def share(self, patients: int) -> float:
        """What so many patients leave of the parts by patients."""
        return (1 + self.excess / float(np.clip(patients, *self.tried))) / patients

    def parts(self, patients: int, seeds: int) -> tuple[float, float]:
        """The variance by patients, and that by seeds. One seed tells nothing of the latter, and
        its test none; where the pilot has one seed, what is not known is left out."""
        shared, single, training = self.three(patients, seeds)
        return (shared + single, 0.0) if seeds == 1 else (shared, single + training)

    def three(self, patients: int, seeds: int) -> tuple[float, float, float]:
        """The variance that falls with patients alone, that with patients and seeds, and that with
        seeds alone: 0 where there is one seed."""
        share = self.share(patients)
        shared, single = (max(0.0, part) * share for part in (self.shared, self.single))
        training = max(0.0, self.training) if np.isfinite(self.training) and seeds > 1 else 0.0
        return shared, single / seeds, training / seeds

    def error(self, patients: int, seeds: int) -> float:
        """The standard error."""
        return float(np.sqrt(sum(self.parts(patients, seeds))))

    def freedom(self, patients: int, seeds: int, *, difference: bool = True) -> float:
        """Degrees of freedom of the variance that such a study estimates, as
        `jackknife.spread` has them for a `difference` and `intervals.interval` for a value."""
        by_patients, by_seeds = self.parts(patients, seeds)
        most = max(1.0, patients - 1.0)
        effective = min(most, max(1.0, self.bearing * most))
        of_patients = float(np.sqrt(most * effective)) if difference else effective
        total = by_patients + by_seeds
        if total <= 0:
            return of_patients
        return total**2 / (by_patients**2 / of_patients + by_seeds**2 / max(1, seeds - 1))


@dataclass(frozen=True)
class Question:
    """A two-sided test at confidence `level` in each of so many `comparisons`, the strictest that
    Holm's correction can be, and the `power`: the share of studies that shall show a difference."""

    level: float = 0.95
    comparisons: int = 1
    power: float = POWER

    @property
    def alpha(self) -> float:
        """The p below which a difference is shown, whatever the other comparisons give."""
        return (1 - self.level) / self.comparisons

    def found(self, errors: float, freedom: float) -> float:
        """The share of studies that show a difference of so many standard `errors`, and in the
        right direction."""
        t = quantile(1 - self.alpha, freedom)
        below = float(special.nctdtr(freedom, errors, t))
        # Far out the distribution is all on one side of t, and its function has no value.
        return 1 - below if np.isfinite(below) else float(errors > t)

    def errors(self, freedom: float) -> float:
        """How many standard errors a difference must be to be shown with this power."""
        return _errors(self, float(freedom))


@lru_cache(maxsize=4096)
def _errors(question: Question, freedom: float) -> float:
    if not np.isfinite(freedom):
        return float("nan")
    t, high = quantile(1 - question.alpha, freedom), 1.0
    while question.found(high * t + 5, freedom) < question.power:
        high *= 2
    root = optimize.brentq(
        lambda errors: question.found(errors, freedom) - question.power, 0, high * t + 5
    )
    return float(root)


def range_of(metric: Metric) -> tuple[float, float]:
    """The least and the greatest value of what is measured: of a `turned` metric 1 less it."""
    if metric.turned:
        return 0.0, float("inf")
    return metric.transformation.low, min(metric.transformation.high, metric.greatest)


def ends_of(metric: Metric, value: float, difference: float) -> tuple[float, float]:
    """Two values of a metric that lie `difference` apart about `value`, or as near to it as its
    range lets them."""
    low, high = range_of(metric)
    below = float(np.clip(value - difference / 2, low, max(low, high - difference)))
    return below, below + difference


def on_axis(metric: Metric, value: float, difference: float) -> float:
    """How far two values that lie `difference` apart about `value` are on the axis on which they
    are tested."""
    with np.errstate(divide="ignore"):  # the logarithm of a loss of 0 is infinitely far away
        below, above = metric.transformation.forward(ends_of(metric, value, difference)).tolist()
    return float(above - below)


def off_axis(metric: Metric, value: float, amount: float) -> float:
    """The difference about `value` that is so large on the axis; nan where the metric's range holds
    none as large."""
    if not np.isfinite([value, amount]).all():
        return float("nan")
    low, high = range_of(metric)
    most = high - low
    if not np.isfinite(most):
        most = max(1.0, abs(value))
        while on_axis(metric, value, most) < amount:
            most *= 2
    if on_axis(metric, value, most) < amount:
        return float("nan")
    return float(optimize.brentq(lambda of: on_axis(metric, value, of) - amount, 0, most))


@dataclass(frozen=True)
class Prospect:
    """What a study of two recipes is going to show by a metric of which both reach about `value`
    (of a `turned` one 1 less it). difference, alone: the components of their paired difference
    and of one of them, on the axis of the metric's transformation and on its own."""

    metric: Metric
    value: float
    difference: Components
    alone: Components
    question: Question

    def smallest(self, patients: int, seeds: int) -> float:
        """The smallest difference that is shown with the power asked for; nan where there is
        none, and where nothing varies, which tells nothing of a study."""
        error = self.difference.error(patients, seeds)
        if error == 0:
            return float("nan")
        errors = self.question.errors(self.difference.freedom(patients, seeds))
        return off_axis(self.metric, self.value, errors * error)

    def power(self, difference: float, patients: int, seeds: int) -> float:
        """The share of studies that show a difference."""
        error = self.difference.error(patients, seeds)
        amount = on_axis(self.metric, self.value, difference)
        if error == 0:
            return float(amount > 0)
        return self.question.found(amount / error, self.difference.freedom(patients, seeds))

    def patients_for(self, difference: float, seeds: int, fewest: int = 10) -> int | None:
        """The patients that it takes to show a difference, `fewest` or more; None where no number
        shows it, since trainings differ too much."""
        return _first(
            lambda patients: self.power(difference, patients, seeds) >= self.question.power,
            fewest,
            MOST_PATIENTS,
        )

    def seeds_for(self, difference: float, patients: int) -> int | None:
        """The seeds that it takes, 2 or more; None where no number shows it."""
        return _first(
            lambda seeds: self.power(difference, patients, seeds) >= self.question.power,
            2,
            MOST_SEEDS,
        )

    def width_of_difference(self, patients: int, seeds: int) -> float:
        """From end to end of the interval of a difference of 0."""
        error = self.difference.error(patients, seeds)
        t = quantile(self.question.level, self.difference.freedom(patients, seeds))
        ends = np.array([-t, t]) * error
        low, high = self.metric.transformation.difference(self.value, self.value, ends)
        return float(high - low)


def _first(shows: Callable[[int], bool], least: int, most: int) -> int | None:
    """The first whole number from `least` to `most` that shows; None without any.

    More is not always better: where few seeds differ, a test with more patients has fewer degrees
    of freedom. So numbers a tenth apart are tried in turn, and those before the first that shows.
    """
    if shows(least):
        return least
    before, at = least, least
    while not shows(at):
        if at >= most:
            return None
        before, at = at, min(max(at + 1, round(1.1 * at)), most)
    while at - before > 1:
        middle = (before + at) // 2
        before, at = (before, middle) if shows(middle) else (middle, at)
    return at
