"""Ensembles: which trainings are averaged, and what that costs."""

from collections.abc import Iterator, Sequence

import pandas as pd

from pleura.study.schema import StudyFile
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.listed import planned
from pleura.tables import ENSEMBLE, KEYS

# What the members' rows of the runs table have in common, and what of them is added up.
SHARED = (
    *(*KEYS, "n_train", "n_validation", "n_test", "backbone", "weights", "curriculum", "strategy"),
    *("precision", "device", "threads"),
)
SUMMED = (
    *("train_seconds", "tuning_seconds", "parameters", "parameters_trained", "macs"),
    "latency_ms",
)


def ensembles(study: StudyFile, outcomes: Sequence[Step]) -> Iterator[Step]:
    """An ensemble of each ranked recipe, fold and fraction that has two seeds or more."""
    members: dict[tuple[str, int, float], list[Step]] = {}
    for outcome in outcomes:
        recipe, fold, fraction = (outcome.spec[key] for key in ("recipe", "fold", "fraction"))
        if study.ensembles and recipe in study.recipes and study.recipes[recipe].ranked:
            members.setdefault((recipe, fold, fraction), []).append(outcome)
    for (recipe, fold, fraction), mine in members.items():
        if len(mine) > 1:
            name = f"{recipe}, {ENSEMBLE} of {len(mine)}"
            title = f"{name}, {fraction:.0%}, fold {fold}"
            yield planned("ensemble", title, {"recipe": name}, *mine)


def with_ensembles(runs: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The runs table with a row for each member of each ensemble, under the name of the ensemble,
    that says what all members together cost."""
    rows = [runs]
    for step in plan.of("ensemble"):
        of = step.parents[0].spec
        keys = [key for key in KEYS if key != "seed"]
        mine = runs[(runs[keys] == [of[key] for key in keys]).all(axis=1)]
        every = mine.reindex(columns=[name for name in runs if name in SHARED])
        cost = mine[list(SUMMED)].sum(skipna=False)
        rows.append(
            every.assign(**cost, recipe=step.spec["recipe"], kind=ENSEMBLE, averaged=of["recipe"])
        )
    return pd.concat(rows, ignore_index=True) if len(rows) > 1 else runs
