"""Variance of metrics over patients and over repeated trainings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pleura.errors import InputError
from pleura.evaluate.metric import ClassificationMetric
from pleura.evaluate.metrics import evaluate
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.ranking import Floats
from pleura.evaluate.runs import AnyRun, Run
from pleura.evaluate.student import p_of, quantile
from pleura.evaluate.transformations import Transformation

Key = TypeVar("Key")
NEGLIGIBLE = 1e-24  # a variance below is rounding


@dataclass(frozen=True)
class LeaveOneOut:
    """A metric with every patient, and with each one left out.

    seeds: (s,) one value a seed, already averaged over folds; without: (s, m) the same values
    with each of m patients left out in turn. Differences of two of them are paired by patient.
    """

    seeds: Floats
    without: Floats

    def __sub__(self, other: "LeaveOneOut") -> "LeaveOneOut":
        return LeaveOneOut(self.seeds - other.seeds, self.without - other.without)

    @property
    def value(self) -> float:
        """The mean over seeds."""
        return float(self.seeds.mean())

    @property
    def bias(self) -> float:
        """By how much the value is too high, as far as it changes with the number of patients (the
        jackknife's estimate: Quenouille 1956)."""
        without = self.without.mean(axis=0)
        return float((len(without) - 1) * (without.mean() - self.value))

    @property
    def undefined(self) -> int:
        """How many patients there are without whom the value cannot be told."""
        return int(np.isnan(self.without.mean(axis=0)).sum())

    def transformed(self, by: Transformation) -> "LeaveOneOut":
        """On the axis of a transformation: the means over seeds exactly, seeds by its slope."""
        value, mean = self.value, self.without.mean(axis=0)
        slope = by.slope(value)
        return LeaveOneOut(
            by.forward(value) + slope * (self.seeds - value),
            by.forward(mean) + slope * (self.without - mean),
        )


def patient_groups(runs: Sequence[Run], most: int = 2000, seed: int = 0) -> dict[str, int]:
    """A number for each test patient; beyond `most` patients, random groups share numbers.

    Raises InputError for `most` below 2.
    """
    if most < 2:
        raise InputError(f"resamples is {most}; at least 2 are needed, 2000 are usual")
    names = sorted(set(np.concatenate([run.patients for run in runs])))
    order = np.random.default_rng(seed).permutation(len(names)) if len(names) > most else names
    return {name: int(at) % most for name, at in zip(names, np.argsort(order), strict=True)}


def leave_one_out(
    runs: Sequence[PredictedRun],
    groups: Mapping[str, int],
    classes: Sequence[str],
    metrics: Iterable[ClassificationMetric] | None = None,
) -> dict[tuple[str, str], LeaveOneOut]:
    """Metrics by (name, class) of one recipe at one fraction, over its seeds and folds.

    `groups` numbers the patients; a patient (or group) is left out of every fold that tests it.
    """

    def measure(run: PredictedRun, included: NDArray[np.bool_]) -> Mapping[tuple[str, str], Floats]:
        given = run.labels, run.probabilities, included
        return evaluate(*given, classes=classes, metrics=metrics, called=run.called)

    return leave_out(runs, groups, measure)


def leave_out(
    runs: Sequence[AnyRun],
    groups: Mapping[str, int],
    measure: Callable[[AnyRun, NDArray[np.bool_]], Mapping[Key, Floats]],
) -> dict[Key, LeaveOneOut]:
    """What `measure` finds in one recipe at one fraction, over its seeds and folds.

    `measure` gets a run and (b, n) which images it includes, and gives values (b,) by key, the same
    keys in every run.
    """
    seeds = sorted({run.seed for run in runs})
    folds = len(runs) // len(seeds)
    shape = (len(seeds), max(groups.values()) + 1)
    full: dict[Key, Floats] = {}
    change: dict[Key, Floats] = {}
    for run in runs:
        row = seeds.index(run.seed)
        here, member = np.unique([groups[p] for p in run.patients], return_inverse=True)
        included = member != np.arange(-1, len(here))[:, None]
        for key, values in measure(run, included).items():
            full.setdefault(key, np.zeros(len(seeds)))[row] += values[0]
            change.setdefault(key, np.zeros(shape))[row, here] += values[1:] - values[0]
    return {
        key: LeaveOneOut(full[key] / folds, (full[key][:, None] + change[key]) / folds)
        for key in full
    }


def variance(sample: LeaveOneOut, freedom: float) -> tuple[float, float]:
    """Variance of `sample.value` over patients and seeds, and its degrees of freedom.

    Patients: delete-one jackknife (Efron & Stein 1981). Several seeds are treated as the readers of
    a multi-reader study (Obuchowski & Rockette 1995, Hillis 2007): variance between seeds divided
    by their number, which holds the noise of training, plus the covariance that two seeds
    share through the patients. `freedom` is that of the patients' part; the two are combined
    after Satterthwaite (1946). Both are nan where a metric is undefined without one of the
    patients and where there is one patient only, and the variance is exactly 0 where no patient and
    no seed changes anything.
    """
    count = len(sample.seeds)
    if sample.without.shape[1] < 2:
        return float("nan"), float("nan")
    patients = jackknife(sample.without.mean(axis=0))
    seeds = 0.0
    if count > 1:
        single = np.mean([jackknife(row) for row in sample.without])
        patients = float(np.maximum(0, (count * patients - single) / (count - 1)))
        seeds = float(sample.seeds.var(ddof=1)) / count
    total = patients + seeds
    if total < NEGLIGIBLE:
        return 0.0, freedom
    return total, total**2 / (patients**2 / freedom + seeds**2 / max(1, count - 1))


def effective_freedom(sample: LeaveOneOut) -> float:
    """Degrees of freedom of the jackknife variance over patients, from its own kurtosis.

    Twice the squared variance over the variance of the variance (Satterthwaite 1946): m - 1 where
    all patients matter alike and normally, fewer where a metric hangs on a few of them.
    """
    without = sample.without.mean(axis=0)
    squares = (without - without.mean()) ** 2
    scatter = float((squares**2).sum() - squares.sum() ** 2 / len(squares))
    most = len(squares) - 1
    return min(most, 2 * float(squares.sum()) ** 2 / scatter) if scatter > 0 else most


def spread(sample: LeaveOneOut, level: float) -> tuple[float, float, float]:
    """Standard error of a difference or share, the quantile of t for two-sided limits at `level`,
    and its degrees of freedom.

    The freedom of the patients' part is the geometric mean of `effective_freedom` and of m - 1 for
    m patients (see `compare.limits`).
    """
    most = sample.without.shape[1] - 1
    total, freedom = variance(sample, float(np.sqrt(most * effective_freedom(sample))))
    return float(np.sqrt(total)), quantile(level, freedom), freedom


def t_limits(
    sample: LeaveOneOut, level: float, least: float, most: float
) -> tuple[float, float, float]:
    """t limits of a share or a difference, which end at `least` and `most`, the least and greatest
    value that it can have; and the two-sided p of 0.

    They carry patients and seeds. All three are nan where nothing varies.
    """
    error, t, freedom = spread(sample, level)
    error = error if error > 0 else np.nan
    p = p_of(sample.value / error, freedom)
    low, high = sample.value - t * error, sample.value + t * error
    return float(np.clip(low, least, most)), float(np.clip(high, least, most)), p


def jackknife(without: Floats) -> float:
    """The delete-one jackknife variance of a value that is `without` each of m patients, (m,)."""
    m = len(without)
    return float(((without - without.mean()) ** 2).sum() * (m - 1) / m)
