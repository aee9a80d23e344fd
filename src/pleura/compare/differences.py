"""How far the recipes that both studies have differ: on the test images of both, paired; and each
on its own test part."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from pleura.compare.outcomes import STRUCTURE, Outcomes
from pleura.errors import InputError
from pleura.evaluate.between_groups import GroupMetric, difference_of_separate
from pleura.evaluate.case_runs import read_case_runs
from pleura.evaluate.compare import adjusted, limits, paired, with_verdicts
from pleura.evaluate.few import IN_ALL, hangs_on_classes, patients_by_class, scarce_of
from pleura.evaluate.intervals import sizes, with_limits
from pleura.evaluate.jackknife import LeaveOneOut, patient_groups
from pleura.evaluate.metric import Metric
from pleura.evaluate.number_runs import read_number_runs
from pleura.evaluate.predicted_runs import read_runs, whose
from pleura.evaluate.runs import Run, Runs
from pleura.evaluate.subgroups import (
    Measured,
    measured_cases,
    measured_numbers,
    measured_predictions,
)
from pleura.tables import NUMBER

PAIRED, SEPARATE = "paired", "separate"
SIDES = ("first", "second")
WHOLE = ("macro", "all")
SAME = "same predictions"  # a verdict
TOO_FEW = "too few patients"  # another one
VALUES = [f"{side}{end}" for side in SIDES for end in ("", "_low", "_high")]
COLUMNS = [
    *("how", "recipe", "fraction", "metric", "class", *VALUES),
    *("difference", "low", "high", "p", "p_holm", "verdict"),
    *(f"{what}_{side}" for what in ("patients", "images", "seeds") for side in SIDES),
]
Key = tuple[str, str]
Limits = tuple[float, float, float]
NOT_TOLD: Limits = (np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Strictness:
    """The `margin` within which a recipe is as good, in a metric without a unit, and the `level` of
    intervals."""

    margin: float = 0.01
    level: float = 0.95


def differences(
    tables: tuple[pd.DataFrame, pd.DataFrame], how: str, outcomes: Outcomes, strictness: Strictness
) -> pd.DataFrame:
    """Every metric of every recipe at every fraction that both tables of test results have: in the
    first, in the second, and the second less the first.

    `PAIRED`: both tables have the same images, patients and folds. Limits and p are those of
    `evaluate.compare` with the seeds that both have; without any, those of separate trainings.
    `SEPARATE`: each table by itself; see `difference_of_separate`: patients who are in both are
    paired with themselves, all others are independent. A recipe that predicts the same in every
    image has a difference of 0 with no width. `p_holm` is adjusted for all recipes and fractions of
    a metric and class (Holm 1979), of values over all classes or of one; verdicts are those of
    `compare.verdict` and of values over all classes. There is none, but `TOO_FEW`, of a metric that
    hangs on a class of fewer than `FEWEST` patients in either table, and of every metric where
    fewer have a value in all. Columns: `COLUMNS`.
    """
    runs = [_runs(table, outcomes) for table in tables]
    rows: list[tuple[Any, ...]] = []
    for recipe, fraction in runs[0].pairs:
        theirs = _close(runs[1].pairs, recipe, fraction)
        if theirs is None:
            continue
        both = runs[0].of(recipe, fraction), runs[1].of(*theirs)
        if how == PAIRED:
            both = _with_common_seeds(*both)
        for key, row in _rows(both, how, outcomes, strictness.level):
            rows.append((how, recipe, fraction, *key, *row))
    table = pd.DataFrame(rows, columns=COLUMNS)
    if table.empty:
        return table
    found = _with_verdicts(adjusted(table, ["metric", "class"]), outcomes, strictness)
    few = [name for each in patients_of(tables, how, outcomes) for name in scarce_of(each)]
    return _without_verdicts(found, outcomes, in_all=IN_ALL in few) if few else found


def patients_of(
    tables: tuple[pd.DataFrame, pd.DataFrame], how: str, outcomes: Outcomes
) -> list[dict[str, int]]:
    """The test patients who have a value (`IN_ALL`), and those of each class, with and without each
    finding: of `SEPARATE` tables in each, of `PAIRED` ones, which have the same images, once.

    A mean over classes hangs on the patients of each; that of numbers and of structures, which is
    the mean over images of what each has, on all."""
    return [_patients(table, outcomes) for table in (tables[:1] if how == PAIRED else tables)]


def _patients(table: pd.DataFrame, outcomes: Outcomes) -> dict[str, int]:
    if outcomes.noun is STRUCTURE:
        there = table["structure"].isin(outcomes.names) & (table["reference_area"] > 0)
        return {IN_ALL: len({*whose(table[there])})}
    in_all = {IN_ALL: len({*whose(table)})}
    return in_all | (patients_by_class(table, outcomes.names) if outcomes.names else {})


def _runs(table: pd.DataFrame, outcomes: Outcomes) -> Runs[Any]:
    if outcomes.noun is STRUCTURE:
        return read_case_runs(table)
    return read_number_runs(table) if NUMBER in table else read_runs(table)


def _close(pairs: Mapping[tuple[str, float], None], recipe: str, fraction: float) -> Any:
    """The key of a recipe at a fraction that was written by another program; None without it."""
    found = (pair for pair in pairs if pair[0] == recipe and np.isclose(pair[1], fraction))
    return next(found, None)


def _with_common_seeds(ours: list[Any], theirs: list[Any]) -> tuple[list[Any], list[Any]]:
    """The runs of the seeds that both have; all where they have none in common."""
    if not {run.seed for run in ours} & {run.seed for run in theirs}:
        return ours, theirs
    one, two = paired(ours, theirs)
    return one, two


def _rows(
    both: tuple[list[Any], list[Any]], how: str, outcomes: Outcomes, level: float
) -> Iterator[tuple[Key, tuple[Any, ...]]]:
    """By metric and class: both values with their limits, the difference with limits and p, the
    columns of p_holm and verdict, and sizes."""
    groups = patient_groups([run for runs in both for run in runs])
    measured = [_measured(runs, outcomes) for runs in both]
    found = [_found(each, groups) for each in measured]
    seeds = [[run.seed for run in runs] for runs in both]
    same = how == PAIRED and seeds[0] == seeds[1] and all(map(_alike, *both))
    sized = [sizes(runs) for runs in both]
    counted = [size for pair in zip(*sized, strict=True) for size in pair]
    for key in found[0]:
        if key not in found[1] or key[0] not in outcomes.metrics:
            continue
        record = measured[0].records[key[0]]
        one, two = (its[key] for its in found)
        values = [_value(record, group, level) for group in (one, two)]
        first, second = (one, two) if not record.turned else (two, one)
        difference = second.sample.value - first.sample.value
        if same:
            ends: Limits = (0.0, 0.0, 1.0)
        elif how == PAIRED and seeds[0] == seeds[1]:
            ends = limits(record, second.sample, first.sample, level, one.bearing)
        elif one.bearing and two.bearing and np.isfinite(difference):
            ends = difference_of_separate(record, second, first, level)
        else:
            ends = NOT_TOLD
        yield key, (*values[0], *values[1], difference, *ends, np.nan, "", *counted)


def _measured(runs: Sequence[Any], outcomes: Outcomes) -> Measured[Any]:
    recipe = runs[0].recipe
    if outcomes.noun is STRUCTURE:
        return measured_cases(recipe, runs, outcomes.names)
    if not outcomes.names:
        return measured_numbers(recipe, runs)
    metrics: Any = outcomes.metrics
    return measured_predictions(recipe, runs, outcomes.names, metrics)


def _found(measured: Measured[Any], groups: Mapping[str, int]) -> dict[Key, GroupMetric]:
    """Every metric with each of its own patients left out; these have the numbers of `groups`."""
    here = sorted({groups[patient] for run in measured.runs for patient in run.patients})
    place = {number: at for at, number in enumerate(here)}
    local = {patient: place[number] for patient, number in groups.items() if number in place}
    numbers = np.array(here, dtype=np.int64)
    bears = measured.bearing(measured.runs)
    return {
        key: GroupMetric(sample, numbers, bears(key))
        for key, sample in measured.find(measured.runs, local, None).items()
    }


def _value(record: Metric, group: GroupMetric, level: float) -> Limits:
    sample: LeaveOneOut = group.sample
    if not group.bearing or not np.isfinite(sample.value):
        return NOT_TOLD
    return with_limits(record, sample, level, group.bearing)


def _alike(one: Run, two: Run) -> bool:
    """Whether two runs are the same in every image."""
    pairs = ((getattr(one, each.name), getattr(two, each.name)) for each in fields(one))
    return all(
        np.array_equal(ours, theirs, equal_nan=ours.dtype.kind == "f")
        for ours, theirs in pairs
        if isinstance(ours, np.ndarray)
    )


def _with_verdicts(table: pd.DataFrame, outcomes: Outcomes, strictness: Strictness) -> pd.DataFrame:
    """With the verdicts of values over all classes."""
    verdicts = table["verdict"].copy()
    for name, record in outcomes.metrics.items():
        its = table[(table["metric"] == name) & table["class"].isin(WHOLE)]
        its = its[its["low"].notna()]
        if len(its):
            margin = 0.0 if record.unit else strictness.margin
            verdicts[its.index] = with_verdicts(its, record, margin, strictness.level)["verdict"]
    nothing = (table["difference"] == 0) & (table["low"] == 0) & (table["high"] == 0)
    return table.assign(verdict=verdicts.mask(nothing & table["class"].isin(WHOLE), SAME))


def _without_verdicts(table: pd.DataFrame, outcomes: Outcomes, *, in_all: bool) -> pd.DataFrame:
    """With `TOO_FEW` for each verdict of a metric that hangs on single classes, or of every metric
    where there are too few `in_all`; that predictions are the same stays true of few."""
    metrics = outcomes.metrics.items()
    hangs = [name for name, record in metrics if in_all or hangs_on_classes(record)]
    told = table["metric"].isin(hangs) & ~table["verdict"].isin(["", SAME])
    return table.assign(verdict=table["verdict"].mask(told, TOO_FEW))


def refuse_nothing(table: pd.DataFrame, of: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Raise InputError where a table of differences `of` two tables of test results is empty."""
    if table.empty:
        told = [
            f"{', '.join(dict.fromkeys(its['recipe']))} at "
            f"{', '.join(f'{each:g}' for each in sorted({*its['fraction'].astype(float)}))}"
            for its in of
        ]
        raise InputError(
            "compare: the studies have no recipe in common at the same fraction of the labels. "
            f"Recipes are matched by name: {'; and '.join(told)}"
        )
