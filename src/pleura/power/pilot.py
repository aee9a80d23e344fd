"""A pilot: test results of several recipes, and the metric that is computed from them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.averages import is_average
from pleura.errors import InputError, nearest
from pleura.evaluate.case_metrics import CASE_METRICS
from pleura.evaluate.case_runs import CaseRun, read_case_runs
from pleura.evaluate.compare import pairs
from pleura.evaluate.intervals import sizes
from pleura.evaluate.jackknife import LeaveOneOut, leave_out, patient_groups
from pleura.evaluate.metric import ClassificationMetric, Metric
from pleura.evaluate.metrics import evaluate
from pleura.evaluate.number_metrics import NumberMetric, moments
from pleura.evaluate.number_runs import NumberRun, read_number_runs
from pleura.evaluate.predicted_runs import PredictedRun, read_runs
from pleura.evaluate.ranking import Floats
from pleura.evaluate.runs import Runs

Weights = NDArray[np.generic]


@dataclass(frozen=True)
class Wanted:
    """What of a pilot is asked for: by which metric, against which reference; None: as the study
    has it, or the usual one."""

    metric: str | None = None
    reference: str | None = None


@dataclass(frozen=True)
class Pair:
    """A recipe and the reference at one fraction of the labels.

    one, two: the metric of the recipe and of the reference with each patient left out in turn.
    """

    recipe: str
    fraction: float
    patients: int
    seeds: tuple[int, ...]
    one: LeaveOneOut
    two: LeaveOneOut


@dataclass(frozen=True)
class Pilot:
    """Test results from which a plan is made.

    runs: the runs of every recipe. measure: computes the metric of a run, (b,), from weights (b, n)
    of its images; of a `turned` metric it gives 1 minus the metric. reference: the recipe that the
    others are compared with. baselines: names of the pixel baselines. labels: number of labelled
    images by fraction, where it is known.
    """

    name: str
    runs: Runs[Any]
    metric: Metric
    measure: Callable[[Any, Weights], Floats]
    reference: str
    level: float = 0.95
    baselines: frozenset[str] = frozenset()
    labels: Mapping[float, float] = field(default_factory=dict)

    @cached_property
    def groups(self) -> dict[str, int]:
        """The number of each test patient."""
        return patient_groups(self.runs.runs)

    @cached_property
    def pairs(self) -> list[Pair]:
        """Every other recipe with the reference. Raises InputError where there is none, and where
        the tests of two are not the same."""

        def measured(runs: list[Any]) -> LeaveOneOut:
            return leave_out(runs, self.groups, lambda run, its: {0: self.measure(run, its)})[0]

        found = [
            Pair(recipe, fraction, sizes(ours)[0], tuple(sorted({r.seed for r in ours})), one, two)
            for recipe, fraction, ours, one, two in pairs(self.runs, self.reference, measured)
        ]
        if not found:
            raise InputError(
                f"{self.name}: no other recipe than {self.reference!r} at the same share of the "
                "labels. A pilot needs two recipes, since their correlation is part of the plan. "
                "Without a pilot give --auroc, from the literature"
            )
        return found

    def is_recipe(self, name: str) -> bool:
        """Whether it was trained as recipes are: no pixel baseline, and no average of others."""
        return name not in self.baselines and not is_average(name)

    def at(self, fraction: float, recipe: str | None = None) -> list[Pair]:
        """The pairs that a plan is made of: of recipes at a fraction, or of the one named; of
        baselines where there is nothing else."""
        here = [pair for pair in self.pairs if pair.fraction == fraction]
        if recipe is not None:
            its = [pair for pair in here if pair.recipe == recipe]
            if not its:
                names = [pair.recipe for pair in here]
                raise InputError(f"{self.name}: no recipe {recipe!r}{nearest(recipe, names)}")
            return its
        return [pair for pair in here if self.is_recipe(pair.recipe)] or here


def of_table(
    name: str,
    table: pd.DataFrame,
    metric: Metric,
    reference: str | None = None,
    **known: Any,
) -> Pilot:
    """The pilot in a table of predictions of classes, findings or grades, of numbers, or of cases
    of a segmentation; `known` are further fields of it. Without a reference it is the first recipe.
    Raises InputError for what cannot be evaluated and for a reference that is not there."""
    if isinstance(metric, ClassificationMetric):
        runs: Runs[Any] = read_runs(table)
        metric = metric.of_classes(len(runs.names))
        measure = measure_of_predictions(metric, runs.names)
    elif isinstance(metric, NumberMetric):
        runs, measure = read_number_runs(table), _of_numbers(metric)
    else:
        runs, measure = read_case_runs(table), _of_cases(metric)
    reference = runs.recipes[0] if reference is None else reference
    if reference not in runs.recipes:
        raise InputError(f"{name}: no recipe {reference!r}{nearest(reference, runs.recipes)}")
    return Pilot(name, runs, metric, measure, reference, **known)


def measure_of_predictions(
    metric: ClassificationMetric, classes: tuple[str, ...]
) -> Callable[[Any, Weights], Floats]:
    """The `measure` of a `Pilot` by a metric of classes."""

    def measure(run: PredictedRun, weights: Weights) -> Floats:
        given = run.labels, run.probabilities, weights
        values = evaluate(*given, classes=classes, metrics=[metric], called=run.called)
        return values[metric.overall]

    return measure


def _of_numbers(metric: NumberMetric) -> Callable[[Any, Weights], Floats]:
    def measure(run: NumberRun, weights: Weights) -> Floats:
        return metric.of(moments(run.truth, run.predicted, weights.astype(np.float64)))

    return measure


def _of_cases(metric: Metric) -> Callable[[Any, Weights], Floats]:
    at = list(CASE_METRICS).index(metric.name)

    def measure(run: CaseRun, weights: Weights) -> Floats:
        values = run.values[:, at, 0]
        finite = np.isfinite(values)
        of_images = weights.astype(np.float64)
        with np.errstate(invalid="ignore"):
            return np.asarray((of_images @ np.where(finite, values, 0)) / (of_images @ finite))

    return measure


def metric_named(
    path: Path | str, name: str | None, metrics: Mapping[str, Metric], usual: str
) -> Metric:
    """The record of a metric. Raises InputError for one that the table at `path` does not have."""
    wanted = usual if name is None else name
    if wanted not in metrics:
        raise InputError(f"{path}: no metric {wanted!r}{nearest(wanted, metrics)}")
    return metrics[wanted]
