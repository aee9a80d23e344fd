"""The pixel baseline as a model, where it is the best on validation: beside `best`, no recipe."""

import shutil
from statistics import mean

from pleura.models.pixel_nets import PixelNetwork
from pleura.study.best import Best, Describes, best_on_validation, card_of
from pleura.study.context import Context
from pleura.study.hand_over import hand_over
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.evaluation import outcomes_of
from pleura.study.steps.pixels import KIND, training_of
from pleura.study.study_base import StudyBase
from pleura.study.trials import chosen_of, trials_of
from pleura.tasks.listed import task_of

FOLDER = "best_pixels"


def keep_best_pixels(
    study: StudyBase, plan: Plan, context: Context, describe: Describes
) -> str | None:
    """Write the folder `best_pixels` of a finished study with the best pixel baseline, where its
    mean score on validation is above that of the model handed over, and return its name; else None,
    and what an earlier run has left there goes.

    The baseline is trained again, on the patients of the seed and fold at which it was best, and
    described and calibrated as any model is.
    """
    best = best_pixels(study, plan, context)
    if best is None or best.score <= best_on_validation(study, plan, context).score:
        shutil.rmtree(context.out / FOLDER, ignore_errors=True)
        return None
    trial = chosen_of(best.first, context)
    network = network_of(trial, context)
    training = {
        **{name: trial.spec[name] for name in ("fraction", "seed", "fold") if name in trial.spec},
        "step": trial.key,
        "classes": list(context.manifest.classes),
    }
    card = card_of(study, best, training, context) | {
        "baseline": best.recipe,
        "pixels": network.built,
    }
    card |= describe(network, card, best, context)
    hand_over(context, FOLDER, network, card)
    return best.recipe


def best_pixels(study: StudyBase, plan: Plan, context: Context) -> Best | None:
    """At the largest fraction: the baseline with the greatest validation score, mean over seeds and
    folds, and of it the training with the greatest. None where no baseline can be handed over."""
    largest = max(study.fractions)
    scores: dict[str, list[tuple[float, Step]]] = {}
    for outcome in outcomes_of(plan):
        if trials_of(outcome)[0].kind != KIND.name or outcome.spec["fraction"] != largest:
            continue
        trial = chosen_of(outcome, context)
        if task_of(trial.spec).learned.baseline(trial.spec["baseline"]).network is not None:
            score = trial.result(context.steps)["score"]
            scores.setdefault(outcome.spec["recipe"], []).append((score, outcome))
    if not scores:
        return None
    name = max(scores, key=lambda each: mean(score for score, _ in scores[each]))
    _, first = max(scores[name], key=lambda pair: pair[0])
    return Best(name, mean(score for score, _ in scores[name]), (first,), first, FOLDER)


def network_of(trial: Step, context: Context) -> PixelNetwork:
    """The baseline of a trial, trained again, as a network."""
    make = task_of(trial.spec).learned.baseline(trial.spec["baseline"]).network
    assert make is not None
    return make(training_of(trial, context), trial.spec["value"])
