"""How recipes do in subgroups of the test images, such as the sexes, ages, views or sites."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.evaluate.between_groups import GroupMetric, difference_between
from pleura.evaluate.case_metrics import CASE_METRICS
from pleura.evaluate.case_runs import CaseRun
from pleura.evaluate.cases import leave_one_out_of_cases, sizes_of
from pleura.evaluate.compare import holm
from pleura.evaluate.intervals import SIZES, bearing, patients_by_class, sizes, with_limits
from pleura.evaluate.jackknife import LeaveOneOut, leave_one_out, patient_groups
from pleura.evaluate.metric import Metric
from pleura.evaluate.metrics import Metrics
from pleura.evaluate.number_metrics import METRICS
from pleura.evaluate.number_runs import NumberRun
from pleura.evaluate.numbers import ALL
from pleura.evaluate.numbers import leave_one_out as leave_one_out_of_numbers
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.ranking import Ints
from pleura.evaluate.runs import AnyRun, Strings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

UNKNOWN = "unknown"  # the subgroup of images of which nothing is known
OTHERS = "all others"
FEWEST = 5  # patients that bear a metric in a subgroup; of fewer, differences are not tested
Cut = TypeVar("Cut", bound="DataclassInstance")
Key = tuple[str, str]  # a metric's name, and a class, "macro" or "all"
COLUMNS = ["recipe", "column", "group", "metric", "class", "value", "low", "high"]
COLUMNS += [*SIZES, "bearing", "undefined"]
DIFFERENCES = ["recipe", "column", "group", "other", "metric", "class", "difference", "low", "high"]
DIFFERENCES += ["p", "p_holm"]
DIFFERENCES += [
    f"{side}_{what}" for side in ("group", "other") for what in ("value", "low", "high")
]


@dataclass(frozen=True)
class Grouping:
    """The subgroup of each image by one column; images that it lacks are in none."""

    column: str
    of_image: Mapping[str, str]

    @cached_property
    def names(self) -> list[str]:
        """The subgroups, smaller numbers first, "unknown" last."""
        return sorted(set(self.of_image.values()), key=_rank)

    def holds(self, images: Strings, groups: Collection[str]) -> NDArray[np.bool_]:
        """Which of the images, (n,), are in some subgroups."""
        return np.array([self.of_image.get(image) in groups for image in images], np.bool_)


@dataclass(frozen=True)
class Measured(Generic[AnyRun]):
    """The runs of one recipe at one fraction, and how they are measured.

    `find` gives metrics by (name, class), of all records or of those named, with the patients
    numbered; `bearing` tells of some of the runs how many patients bear each metric there, 0 where
    it cannot be told.
    """

    recipe: str
    runs: Sequence[AnyRun]
    records: Mapping[str, Metric]
    find: Callable[
        [Sequence[AnyRun], Mapping[str, int], Collection[str] | None], Mapping[Key, LeaveOneOut]
    ]
    bearing: Callable[[Sequence[AnyRun]], Callable[[Key], int]]

    def within(self, grouping: Grouping, groups: Collection[str]) -> list[AnyRun]:
        """The runs with no other images than those of some subgroups."""
        return [cut(run, grouping.holds(run.images, groups)) for run in self.runs]


def measured_predictions(
    recipe: str, runs: Sequence[PredictedRun], classes: Sequence[str], by_name: Metrics
) -> Measured[PredictedRun]:
    """Predictions of `classes`, by the metrics of `by_name`."""

    def find(
        of: Sequence[PredictedRun], groups: Mapping[str, int], metrics: Collection[str] | None
    ) -> Mapping[Key, LeaveOneOut]:
        chosen = [by_name[name] for name in by_name if metrics is None or name in metrics]
        return leave_one_out(of, groups, classes, chosen)

    def fewest(of: Sequence[PredictedRun]) -> Callable[[Key], int]:
        shown = [patients_by_class([run], len(classes)) for run in of]

        def of_metric(key: Key) -> int:
            at = classes.index(key[1]) if key[1] in classes else None
            # A mean over folds is no more certain than its least certain part.
            return min(bearing(each, by_name[key[0]], at) for each in shown)

        return of_metric

    records = {name: metric.of_classes(len(classes)) for name, metric in by_name.items()}
    return Measured(recipe, runs, records, find, fewest)


def measured_cases(
    recipe: str, runs: Sequence[CaseRun], structures: Sequence[str]
) -> Measured[CaseRun]:
    """Cases of a segmentation, by all its metrics."""

    def find(
        of: Sequence[CaseRun], groups: Mapping[str, int], metrics: Collection[str] | None
    ) -> Mapping[Key, LeaveOneOut]:
        every = leave_one_out_of_cases(of, groups, structures)
        return {key: its for key, its in every.items() if metrics is None or key[0] in metrics}

    def fewest(of: Sequence[CaseRun]) -> Callable[[Key], int]:
        return lambda key: sizes_of(of, structures, *key)[0]

    return Measured(recipe, runs, CASE_METRICS, find, fewest)


def measured_numbers(recipe: str, runs: Sequence[NumberRun]) -> Measured[NumberRun]:
    """Predictions of a number, by all its metrics."""

    def find(
        of: Sequence[NumberRun], groups: Mapping[str, int], metrics: Collection[str] | None
    ) -> Mapping[Key, LeaveOneOut]:
        chosen = [METRICS[name] for name in METRICS if metrics is None or name in metrics]
        samples = leave_one_out_of_numbers(of, groups, chosen)
        return {(name, ALL): sample for name, sample in samples.items()}

    def fewest(of: Sequence[NumberRun]) -> Callable[[Key], int]:
        patients = min(len(set(run.patients)) for run in of)
        return lambda _: patients

    return Measured(recipe, runs, METRICS, find, fewest)


def cut(of_images: Cut, at: NDArray[np.bool_]) -> Cut:
    """A record of images, such as a run, with no others than those `at`, (n,)."""
    every = {field.name: getattr(of_images, field.name) for field in fields(of_images)}
    images: dict[str, Any] = {
        name: value[at] for name, value in every.items() if isinstance(value, np.ndarray)
    }
    return replace(of_images, **images)


def by_subgroup(
    measured: Measured[AnyRun], groupings: Sequence[Grouping], *, level: float = 0.95
) -> pd.DataFrame:
    """Every metric in every subgroup, with its interval.

    Values and limits are those of `summarise`, `summarise_cases` and `summarise_numbers` on the
    images of the subgroup alone; patients, images and seeds count these. `bearing` is the number of
    patients that the metric rests on, such as those of the scarcest class, in the fold that has the
    fewest; where it is 0 the metric cannot be told, and is nan. `undefined` counts the patients
    without whom it could not be told; the limits are then nan. Columns: recipe, column, group,
    metric, class, value, low, high, patients, images, seeds, bearing, undefined.
    """
    rows: list[tuple[object, ...]] = []
    for grouping in groupings:
        for group in grouping.names:
            runs = measured.within(grouping, [group])
            if not any(len(run.images) for run in runs):
                continue
            counted = sizes(runs)
            for key, of_group in _group_metrics(measured, runs, None):
                where = measured.recipe, grouping.column, group, *key
                value = _value(measured.records[key[0]], of_group, level)
                rows.append((*where, *value, *counted, of_group.bearing, of_group.sample.undefined))
    return pd.DataFrame(rows, columns=COLUMNS)


def between_subgroups(
    every: Sequence[tuple[Measured[AnyRun], Collection[Key]]],
    groupings: Sequence[Grouping],
    *,
    level: float = 0.95,
) -> pd.DataFrame:
    """How far subgroups differ in the metrics wanted of each recipe, by (name, class).

    Where a column has two known subgroups the first is held against the second, else each against
    all other known ones together; the unknown against all known. `p` is two-sided, `p_holm`
    adjusted for all rows that are tested (Holm 1979): a row is not tested, and its p nan, where
    fewer than `FEWEST` patients bear the metric on either side. Columns: recipe, column, group,
    other, metric, class, difference (group - other), low, high, p, p_holm, and the values of both
    sides with their limits: group_value, group_low, group_high, other_value, ...
    """
    rows: list[tuple[object, ...]] = []
    for measured, wanted in every:
        names = {name for name, _ in wanted}
        for grouping in groupings:
            for group, other, its in opposites(grouping.names):
                sides = measured.within(grouping, [group]), measured.within(grouping, its)
                one, two = (dict(_group_metrics(measured, runs, names)) for runs in sides)
                for key in (key for key in one if key in wanted and key in two):
                    record = measured.records[key[0]]
                    difference = _difference(record, one[key], two[key], level)
                    where = measured.recipe, grouping.column, group, other, *key
                    values = (_value(record, of_group, level) for of_group in (one[key], two[key]))
                    rows.append((*where, *difference, np.nan, *chain(*values)))
    table = pd.DataFrame(rows, columns=DIFFERENCES)
    return table.assign(p_holm=holm(table["p"].to_numpy(dtype=np.float64)))


def opposites(names: Sequence[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Each subgroup that is held against others: its name, what the others are called, and they."""
    named = [name for name in names if name != UNKNOWN]
    if len(named) == 2:
        yield named[0], named[1], named[1:]
    elif len(named) > 2:
        for name in named:
            yield name, OTHERS, [each for each in named if each != name]
    if named and len(named) < len(names):
        yield UNKNOWN, OTHERS, named


def _value(record: Metric, of_group: GroupMetric, level: float) -> tuple[float, float, float]:
    """A metric of a subgroup with its limits; nan where it cannot be told."""
    if not of_group.bearing or not np.isfinite(of_group.sample.value):
        return np.nan, np.nan, np.nan
    return with_limits(record, of_group.sample, level, of_group.bearing)


def _difference(
    record: Metric, one: GroupMetric, two: GroupMetric, level: float
) -> tuple[float, float, float, float]:
    if record.turned:  # both samples are of 1 less the metric
        one, two = two, one
    difference = one.sample.value - two.sample.value
    if min(one.bearing, two.bearing) < FEWEST or not np.isfinite(difference):
        return difference, np.nan, np.nan, np.nan
    return difference, *difference_between(record, one, two, level)


def _group_metrics(
    measured: Measured[AnyRun], runs: Sequence[AnyRun], metrics: Collection[str] | None
) -> Iterator[tuple[Key, GroupMetric]]:
    """The metrics of cut runs; nan where one cannot be told in some of them."""
    every = patient_groups(measured.runs)
    here = sorted({every[patient] for run in runs for patient in run.patients})
    place = {number: at for at, number in enumerate(here)}
    local = {patient: place[number] for patient, number in every.items() if number in place}
    numbers: Ints = np.array(here, dtype=np.int64)
    if not all(len(run.images) for run in runs):
        return
    bears = measured.bearing(runs)
    for key, sample in measured.find(runs, local, metrics).items():
        fewest = bears(key)
        if not fewest:
            sample = LeaveOneOut(sample.seeds * np.nan, sample.without * np.nan)
        yield key, GroupMetric(sample, numbers, fewest)


def _rank(name: str) -> tuple[bool, float, str]:
    """Numbers by size before words, "unknown" last."""
    first = name.split(" ")[0]
    number = float(first) if first.replace(".", "", 1).lstrip("-").isdigit() else np.inf
    return name == UNKNOWN, number, name
