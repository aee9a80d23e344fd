"""The plan: which differences studies of several sizes can show, and the sizes that are needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pleura.errors import InputError
from pleura.evaluate.jackknife import NEGLIGIBLE
from pleura.evaluate.metric import Metric
from pleura.evaluate.power import Prospect, Question, range_of
from pleura.power import rows
from pleura.power.labels import Trend, left_out, trends
from pleura.power.options import Options, differences_of, question_of
from pleura.power.pilot import Pair, Pilot
from pleura.power.prospects import prospect_of, varied
from pleura.tables import write_table

USUAL_SEEDS = (3, 5, 10)
USUAL, VARIED = "", "trainings differ more"


@dataclass(frozen=True)
class Plan:
    """What is told. heading: of what. scenarios: prospects by name, the first the plan itself.
    patients, seeds: of the studies that are planned, the first of each in the headline. rows: all
    numbers, a table with `COLUMNS`. trained: whether it is known how far trainings differ.
    left_out: recipes of whose labels nothing is told, as their fractions have other seeds."""

    heading: str
    metric: Metric
    question: Question
    scenarios: Mapping[str, Prospect]
    patients: tuple[int, ...]
    seeds: tuple[int, ...]
    differences: tuple[float, ...]
    rows: pd.DataFrame
    trained: bool
    trends: tuple[Trend, ...] = ()
    labels: Mapping[float, float] | None = None
    left_out: tuple[str, ...] = ()

    @property
    def first(self) -> Prospect:
        """The prospect of the plan itself, which is the first scenario."""
        return next(iter(self.scenarios.values()))

    def of(self, what: str) -> pd.DataFrame:
        """The rows of one kind."""
        return self.rows[self.rows["what"] == what]

    def decimal(self, value: float, *, sign: bool = False) -> str:
        """A value or a difference as the report writes it."""
        return self.metric.decimal(self.metric.shown_times * value, sign=sign)

    def write(self, out: Path) -> None:
        """Write all numbers as CSV, atomically."""
        write_table(out, self.rows)


def plan_of_pilot(pilot: Pilot, options: Options) -> Plan:
    """The plan from a pilot. Raises InputError for a fraction or recipe that the pilot lacks."""
    fractions = sorted({pair.fraction for pair in pilot.pairs})
    fraction = fractions[-1] if options.fraction is None else options.fraction
    if fraction not in fractions:
        there = ", ".join(f"{each:g}" for each in fractions)
        raise InputError(
            f"{pilot.name}: no results at the fraction {fraction:g}; there are {there}"
        )
    question = question_of(options, pilot.level, len(pilot.pairs))
    chosen = pilot.at(fraction, options.recipe)
    prospect = prospect_of(pilot, chosen, question, options)
    _refuse_untold(pilot, chosen, prospect)
    differences = differences_of(options, pilot.metric, prospect.value)
    own = max(pair.patients for pair in chosen)
    trained = np.isfinite(prospect.difference.training)
    seeds = seeds_of(options, bool(trained), (min(len(pair.seeds) for pair in chosen),))
    patients = options.patients or tuple(dict.fromkeys([own, max(10, own // 2), 2 * own, 4 * own]))
    scenarios = {USUAL: prospect}
    if options.between_seeds is None and trained:
        scenarios[VARIED] = varied(prospect, own)
    found = tuple(trends(pilot, question.level))
    numbers = [
        *rows.of_sizes(scenarios, patients, seeds),
        *rows.needed(scenarios, differences, patients, seeds),
        *rows.of_pairs(pilot, question, options),
        *rows.of_labels(pilot, found, question, options),
    ]
    against = f"{pilot.name}: {pilot.metric.label} against {pilot.reference}"
    return Plan(
        against,
        pilot.metric,
        question,
        scenarios,
        patients,
        seeds,
        differences,
        rows.table_of(numbers),
        bool(trained),
        found,
        pilot.labels,
        left_out(pilot),
    )


def _refuse_untold(pilot: Pilot, chosen: Sequence[Pair], prospect: Prospect) -> None:
    """Raise InputError where the pilot does not tell how a difference varies."""
    error, label = prospect.difference.error(100, 2), pilot.metric.label
    if not np.isfinite([prospect.value, error]).all():
        raise InputError(
            f"{pilot.name}: {label} cannot be told without some single patient, the "
            "only one of a class or the only two; a pilot takes more patients of each class"
        )
    if error**2 >= NEGLIGIBLE:
        return
    values = {float(its.value) for pair in chosen for its in (pair.one, pair.two)}
    if len(values) == 1 and values <= {*range_of(pilot.metric)}:
        shown = pilot.metric.decimal(pilot.metric.shown_times * values.pop())
        raise InputError(
            f"{pilot.name}: all recipes reach {label} {shown}, the end of its range, so that "
            "nothing tells how differences vary; a pilot takes a harder task or more patients"
        )
    if all((pair.one.without == pair.two.without).all() for pair in chosen):
        raise InputError(
            f"{pilot.name}: the recipes have the same {label}, whichever patient is left out; a "
            "pilot takes two recipes that differ, or more patients"
        )
    raise InputError(
        f"{pilot.name}: no patient and no seed is found to change the difference of the recipes in "
        f"{label}, so that nothing tells how it varies; a pilot takes more patients"
    )


def plan_of(
    heading: str,
    scenarios: Mapping[str, Prospect],
    patients: tuple[int, ...],
    seeds: tuple[int, ...],
    options: Options,
) -> Plan:
    """The plan of prospects that rest on no pilot."""
    first = next(iter(scenarios.values()))
    differences = differences_of(options, first.metric, first.value)
    numbers = [
        *rows.of_sizes(scenarios, patients, seeds),
        *rows.needed(scenarios, differences, patients, seeds),
    ]
    return Plan(
        heading,
        first.metric,
        first.question,
        scenarios,
        patients,
        seeds,
        differences,
        rows.table_of(numbers),
        bool(np.isfinite(first.difference.training)),
    )


def seeds_of(options: Options, trained: bool, own: tuple[int, ...]) -> tuple[int, ...]:
    """The seeds that are planned: one where it is not known how far trainings differ (`trained`),
    2 or more where it is. Raises InputError where others are asked for."""
    if trained:
        if 1 in options.seeds:
            raise InputError(
                "--seeds 1: with one training each a study compares two trained models and not "
                "their recipes, and how far trainings differ does not count, though it is known "
                "here; give 2 seeds or more, best 3 or more"
            )
        return options.seeds or tuple(dict.fromkeys(s for s in (*own, *USUAL_SEEDS) if s > 1))
    if any(each > 1 for each in options.seeds):
        raise InputError(
            "--seeds: how far trainings differ is not known, so that it cannot be told what more "
            "of them bring; give a pilot with 2 seeds or more, or --between-seeds, the standard "
            "deviation of a difference from training to training"
        )
    return (1,)
