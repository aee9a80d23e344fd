"""Weights of trainings that lost are dropped, and trained again where a later plan needs them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from pleura.study.context import Context
from pleura.study.dropped import drop_losers, undo_dropped
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.listed import kind_of
from pleura.study.study_files import make_study
from pleura.study.training import WEIGHTS
from tests.study.steps.conftest import context as context
from tests.study.steps.conftest import images as images

RECIPE = {"backbone": "squeezenet1_0"}


def trial(context: Context, value: float, score: float, kind: str = "fit", *parents: Step) -> Step:
    """A finished training, with a file in the place of its weights."""
    step = Step(kind, f"{kind} at {value:g}", {"value": value}, {}, parents)
    folder = step.folder(context.steps)
    folder.mkdir(parents=True)
    for file in kind_of(step).files:
        (folder / file).write_bytes(b"learned")
    step.finish(context.steps, {"score": score, "seconds": 1.0}, *kind_of(step).files)
    return step


def outcome(context: Context, name: str, trials: Sequence[Step], chosen: Step | None) -> Step:
    """What evaluates trials; finished where one is `chosen`."""
    spec = {"recipe": name, "fraction": 1.0}
    step = Step("outcome", name, spec, {}, tuple(trials))
    if chosen:
        step.finish(context.steps, {"step": chosen.key})
    return step


def kept(context: Context, *trials: Step) -> list[bool]:
    return [(trial.folder(context.steps) / WEIGHTS).exists() for trial in trials]


def undone(plan: Plan, context: Context) -> list[str]:
    """The titles of what is trained again."""
    content = {
        "question": "q",
        "data": {"manifest": "m.csv"},
        "split": {"test": 0.5},
        "reference": "a",
        "recipes": {"a": RECIPE, "b": RECIPE},
    }
    study = make_study(content, where="here", relative_to=Path("/"))
    told: list[str] = []
    undo_dropped(plan, study, context, told.append)
    return [line.partition(":")[0] for line in told]


def test_losers_lose_their_weights_and_are_still_whole(context: Context) -> None:
    best, second = trial(context, 1.0, 0.9), trial(context, 2.0, 0.8)
    done = outcome(context, "a", [second, best], best)
    drop_losers(Plan((best, second, done), open=False), context)
    assert kept(context, best, second) == [True, False]
    assert second.is_done(context.steps) and second.is_whole(context.steps)


def test_what_a_training_or_an_explanation_goes_on_from_is_kept(context: Context) -> None:
    learned, lost = trial(context, 1.0, 0.5, "segment"), trial(context, 2.0, 0.4, "segment")
    best = trial(context, 3.0, 0.9)
    after = trial(context, 4.0, 0.3, "reverse", learned)
    done = outcome(context, "a", [best], best)
    areas = Step("areas", "areas", {}, {}, (learned, done))
    drop_losers(Plan((learned, lost, best, after, done, areas), open=False), context)
    assert kept(context, learned, lost, best) == [True, False, True]


@pytest.mark.parametrize("other_score", [0.7, 0.95])
def test_a_trial_without_weights_is_trained_again_where_it_is_the_best(
    context: Context, other_score: float
) -> None:
    lost, other = trial(context, 1.0, 0.8), trial(context, 2.0, other_score)
    lost.drop(context.steps, WEIGHTS)
    evaluation = outcome(context, "a", [lost, other], None)
    again = undone(Plan((lost, other, evaluation), open=False), context)
    assert again == ([lost.title] if other_score < 0.8 else [])
    assert lost.is_done(context.steps) is not bool(again)


def test_the_model_that_is_handed_over_gets_its_weights_back(context: Context) -> None:
    first, second = trial(context, 1.0, 0.8), trial(context, 2.0, 0.9)
    both = [outcome(context, "a", [first], first), outcome(context, "b", [second], second)]
    for each in (first, second):
        each.drop(context.steps, WEIGHTS)
    # All steps are done, and of the two recipes the one with the better validation is handed over.
    assert undone(Plan((first, second, *both), open=False), context) == [second.title]


def test_what_a_training_goes_on_from_is_trained_again_with_it(context: Context) -> None:
    learned = trial(context, 1.0, 0.5, "segment")
    learned.drop(context.steps, WEIGHTS)
    after = trial(context, 4.0, 0.9, "reverse", learned)
    after.drop(context.steps, WEIGHTS)
    evaluation = outcome(context, "a", [after], None)
    plan = Plan((learned, after, evaluation), open=False)
    assert undone(plan, context) == [after.title, learned.title]
