"""Which trainings are averaged, which networks see mirror images too, and what that costs."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from pleura.averages import ensemble_of, mirrored_too
from pleura.files import digest_of
from pleura.study.draw import fold_in_title
from pleura.study.schema import StudyFile
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.ensemble import Average, averages_of
from pleura.study.steps.listed import kind_as, make_step
from pleura.study.steps.trial import Trial
from pleura.study.trials import trials_of
from pleura.tables import KEYS
from pleura.tasks.listed import TASKS

# What the members' rows of the runs table have in common, and what of them is added up.
SHARED = (
    *(*KEYS, "n_train", "n_validation", "n_test", "backbone", "weights", "curriculum", "strategy"),
    *("precision", "device", "threads"),
)
SUMMED = (
    *("train_seconds", "tuning_seconds", "parameters", "parameters_trained", "macs"),
    "latency_ms",
)
PASSED = ("macs", "latency_ms")  # what each pass of an image through a network costs


def ensembles(study: StudyFile, outcomes: Sequence[Step]) -> Iterator[Step]:
    """An ensemble of each ranked recipe, fold and fraction that has two seeds or more."""
    members: dict[tuple[str, int, float], list[Step]] = {}
    for outcome in outcomes:
        recipe, fold, fraction = (outcome.spec[key] for key in ("recipe", "fold", "fraction"))
        if study.ensembles and recipe in study.recipes and study.recipes[recipe].ranked:
            members.setdefault((recipe, fold, fraction), []).append(outcome)
    for (recipe, fold, fraction), mine in members.items():
        if len(mine) > 1:
            name = ensemble_of(recipe, len(mine))
            title = f"{name}, {fraction:.0%}{fold_in_title(fold, study.split.folds)}"
            yield make_step("ensemble", title, _spec(study, name), *mine)


def is_one_network(ensemble: Step) -> bool:
    """Whether the members of an ensemble are the same training under several seeds: linear heads at
    their optimum, on features and patients that no seed changes."""
    trained = set()
    for member in ensemble.parents:
        for trial in trials_of(member):
            if not kind_as(Trial, trial).to_optimum(trial):
                return False
            spec = {name: value for name, value in trial.spec.items() if name != "seed"}
            trained.add(digest_of([spec, [parent.key for parent in trial.parents]]))
    return len(trained) == len(trials_of(ensemble.parents[0]))


def mirrored(study: StudyFile, networks: Sequence[Step]) -> Iterator[Step]:
    """Each ranked training of a network, on images and on their mirror images."""
    for outcome in networks if study.mirrored else ():
        recipe, seed, fold, fraction = (
            outcome.spec[key] for key in ("recipe", "seed", "fold", "fraction")
        )
        if study.recipes[recipe].ranked:
            name = mirrored_too(recipe)
            title = f"{name}, {fraction:.0%}, seed {seed}{fold_in_title(fold, study.split.folds)}"
            yield make_step("mirrored", title, _spec(study, name), outcome)


def _spec(study: StudyFile, name: str) -> dict[str, Any]:
    """What an average is called, and which columns its task makes of the mean, if any."""
    derived = TASKS[study.task].learned.derived
    return {"recipe": name, **({"derived": list(derived)} if derived else {})}


def with_averages(runs: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The runs table with a row for each member of each ensemble, under the name of the ensemble,
    that says what all members together cost; and one for each network that sees each image
    twice."""
    rows = [runs]
    keys = ["recipe", "fold", "fraction"]
    for step in averages_of(plan):
        of = step.parents[0].spec
        here = (runs[keys] == [of[key] for key in keys]).all(axis=1)
        mine = runs[here & runs["seed"].isin([parent.spec["seed"] for parent in step.parents])]
        every = mine.reindex(columns=[name for name in runs if name in SHARED])
        cost = mine[list(SUMMED)].sum(skipna=False)
        cost[list(PASSED)] *= kind_as(Average, step).passes
        named = {"recipe": step.spec["recipe"], "kind": step.kind, "averaged": of["recipe"]}
        rows.append(every.assign(**cost, **named))
    return pd.concat(rows, ignore_index=True) if len(rows) > 1 else runs
