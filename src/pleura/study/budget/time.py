"""How long a whole study takes on this machine, before any of it is there."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pleura.study.context import Context
from pleura.study.draw import draws_of
from pleura.study.estimate import seconds_at_most
from pleura.study.halving import rounds
from pleura.study.needs import Needs
from pleura.study.new.design import FOREST_IMAGES, FOREST_POWER, FOREST_SECONDS
from pleura.study.prepared import NetworkTiming, Prepared
from pleura.study.steps.depth import places_tried
from pleura.study.study_base import StudyBase
from pleura.tasks.listed import TASKS
from pleura.train.settings import epochs_of

NOWHERE = "nothing-is-done"  # a folder that no study has

Timings = Mapping[tuple[str, bool], NetworkTiming]


def seconds_of_study(
    study: StudyBase, needs: Mapping[str, Needs], context: Context, measured: Timings
) -> float:
    """Seconds that the networks and pixel baselines of a study take at most, all of its steps to
    do, one after another in one process; what searches will choose is counted, too.

    `context` may have images of another size than the study: they are not looked at.
    """
    fresh = replace(context, out=context.out / NOWHERE)
    listed = study.model_copy(update={"recipes": _without_searches(study)})
    precision = {name: timing.precision for (name, trained), timing in measured.items() if trained}
    plan = TASKS[study.task].planner(listed, fresh, needs, precision).plan()
    prepared = Prepared(listed, fresh, measured, plan, lambda: plan)
    # Of halving a plan has the first rungs of some draws only; below it is counted as a whole.
    seconds = seconds_at_most((step for step in plan.steps if step.kind != "rung"), prepared)
    forests = len(plan.of("pixels")) > 0
    for draw in draws_of(listed, fresh):
        parts = fresh.split.parts(draw.fold, draw.seed, draw.fraction)
        train, validation = len(parts.train), len(parts.validation)
        seconds += _halving(listed, measured, train, validation)
        if forests:
            forest = FOREST_SECONDS * (train / FOREST_IMAGES) ** FOREST_POWER
            seconds += len(study.tune.rates) * forest / context.threads
    return seconds


def _without_searches(study: StudyBase) -> dict[str, Any]:
    """The recipes, with all steps that a search for a curriculum could take in its place."""
    steps = study.pretrainings
    return {
        name: recipe.model_copy(update={"curriculum": recipe.curriculum_of(steps)})
        if recipe.search
        else recipe
        for name, recipe in study.recipes.items()
    }


def _halving(study: StudyBase, measured: Timings, train: int, validation: int) -> float:
    """Seconds of the searches by halving in one draw, at the cost of the whole network."""
    milliseconds = 0.0
    for recipe in study.recipes.values():
        search = recipe.depth_search
        if search is None or search.by != "halving":
            continue
        backbone, epochs = recipe.backbone_name, epochs_of(study.training, train)
        timing = measured[backbone, True]
        whole = timing.all_epochs(study.training, train, validation)
        if asked := getattr(recipe, "distillation", None):  # images without label, at most so many
            whole += epochs * asked.unlabelled * train * timing.training_ms
        trainings = len(places_tried(backbone, search)) * len(study.rates_of(recipe))
        compared = rounds(trainings, epochs, search.ending)
        alive, before, made = trainings, 0, 0
        for until, kept in compared:
            made += alive * (until - before)
            alive, before = kept, until
        made += alive * (epochs - before)
        milliseconds += made / epochs * whole
    return milliseconds / 1000
