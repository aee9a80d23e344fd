"""Weights of trainings: dropped where another trial was better, trained again where needed."""

from collections.abc import Callable, Iterable

from pleura.study.best import best_on_validation
from pleura.study.context import Context
from pleura.study.folder import forget
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.listed import kind_of
from pleura.study.study_base import StudyBase


def drop_losers(plan: Plan, context: Context) -> None:
    """Delete the weights, in a finished study, that no step of it reads."""
    needed = _read_by(plan.steps, context)
    for step in plan.steps:
        if (weights := kind_of(step).weights) and step.key not in needed:
            step.drop(context.steps, weights)


def undo_dropped(
    plan: Plan, study: StudyBase, context: Context, announce: Callable[[str], None]
) -> None:
    """Forget trainings whose weights were dropped and are needed again, so that the run trains them
    again: by a step that is missing, or for the model that is handed over."""
    home = context.steps
    while True:
        missing = plan.missing(home)
        needed = _read_by(missing, context)
        if not missing and not plan.open:
            for best in best_on_validation(study, plan, context).members:
                needed |= {trial.key: trial for trial in kind_of(best).weights_given(best, context)}
        undone = [
            trial
            for trial in needed.values()
            if trial.is_done(home) and not (trial.folder(home) / kind_of(trial).weights).exists()
        ]
        if not undone:
            return
        for trial in undone:
            announce(f"{trial.title}: its weights were dropped and are needed; it is trained again")
            forget(trial, home)


def _read_by(steps: Iterable[Step], context: Context) -> dict[str, Step]:
    """The trainings whose weights steps read, by key."""
    parents = {
        parent.key: parent
        for step in steps
        for parent in kind_of(step).reads_weights_of(step, context)
    }
    given = (kind_of(parent).weights_given(parent, context) for parent in parents.values())
    return {trial.key: trial for trials in given for trial in trials}
