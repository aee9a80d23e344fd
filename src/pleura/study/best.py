"""Which model a study hands over: the best on validation, never on test."""

import math
from collections.abc import Callable, Mapping
from itertools import chain
from statistics import mean
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pleura.data.augment import to_float
from pleura.data.rule import SETS
from pleura.deploy import likeness
from pleura.deploy.mask_quality import learn_usual
from pleura.deploy.package import PREDICTED_AT_ONCE, read_card, save_model
from pleura.deploy.segmenter import Segmenter
from pleura.errors import InputError
from pleura.evaluate.calibration import fit, map_of
from pleura.evaluate.predicted_runs import knowns, labels_of, positives, whose
from pleura.evaluate.prediction_sets import fit_rule
from pleura.evaluate.ranking import Floats, Ints
from pleura.files import digest_of
from pleura.study.context import Context
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps import segment
from pleura.study.steps.listed import kind_as
from pleura.study.steps.trial import NetworkTrial
from pleura.study.study_base import StudyBase
from pleura.study.trials import chosen_of, predictions_of
from pleura.tables import LOGIT
from pleura.tasks.watched import watched

Describes = Callable[[Any, Mapping[str, Any], Step, Context], dict[str, Any]]
"""What the card of a network tells besides what all do: of the network, its card so far, the
outcome that has chosen it."""
NAMED = ("backbone", "strategy", "network", "structures", "head", "classes")
MOST_ALIKE = 1000  # training images, and as many of validation, that tell what is like them


def keep_best(study: StudyBase, plan: Plan, context: Context, describe: Describes) -> str:
    """Write the folder `best` with the model of a finished study, and return the name of the recipe
    it holds."""
    recipe, score, outcome = best_outcome(study, plan, context)
    trial = chosen_of(outcome, context)
    kind = kind_as(NetworkTrial, trial)
    built = kind.trained(trial, context)
    card = {
        "task": study.task,
        "recipe": recipe,
        **{name: trial.spec[name] for name in NAMED if name in trial.spec},
        "size": context.bank.size,
        "fit": context.bank.fit,
        "full_range": context.bank.full_range,
        "question": study.question,
        **{name: trial.spec[name] for name in ("fraction", "seed", "fold")},
        "step": trial.key,
        f"validation_{kind.score(trial).name}": score,
        "weights": built.provenance.as_dict(),
    }
    card |= describe(built.network, card, outcome, context)
    save_model(context.out / "best", built.network, card)
    return recipe


def describe_classifier(
    network: Any, card: Mapping[str, Any], outcome: Step, context: Context, coverage: float | None
) -> dict[str, Any]:
    """What is learned of a classifier on its own images: calibration, what is like them, and which
    answers are in the prediction sets of a `coverage`; no sets without one."""
    calibration = _calibration(outcome, context)
    function = "sigmoid" if isinstance(calibration["temperature"], list) else "softmax"
    return {
        "probabilities": f"{function}(logits / temperature + biases), fitted on validation images; "
        "they hold where classes are as frequent as among those",
        "calibration": calibration,
        **({SETS: _sets(calibration, coverage, outcome, context)} if coverage else {}),
        "likeness": likeness_of(network, outcome, context),
    }


def describe_unet(
    network: Any, card: Mapping[str, Any], outcome: Step, context: Context
) -> dict[str, Any]:
    """What masks of each structure are like on the validation part of the training."""
    trial, segmenter = chosen_of(outcome, context), Segmenter(network, dict(card))
    bank, masks, _, validation = segment.images_of(trial, context)
    both = chain.from_iterable(
        zip(*segmenter.probabilities(list(bank.read(rows))), strict=True)
        for rows in np.array_split(validation, math.ceil(len(validation) / PREDICTED_AT_ONCE))
    )
    usual = learn_usual(both, masks.read(validation), len(masks.structures))
    named = zip(masks.structures, usual, strict=True)
    return {"usual": {name: mine.as_dict() for name, mine in named}}


def best_outcome(study: StudyBase, plan: Plan, context: Context) -> tuple[str, float, Step]:
    """At the largest fraction: the recipe with the greatest validation score, mean over seeds and
    folds, and of it the training with the greatest."""
    largest = max(study.fractions)
    ranked = {name for name, recipe in study.recipes.items() if recipe.ranked}
    scores: dict[str, list[tuple[float, Step]]] = {}
    for outcome in plan.outcomes:
        name = outcome.spec["recipe"]
        if name in ranked and outcome.spec["fraction"] == largest:
            score = chosen_of(outcome, context).result(context.steps)["score"]
            scores.setdefault(name, []).append((score, outcome))
    recipe = max(scores, key=lambda name: mean(score for score, _ in scores[name]))
    return recipe, *max(scores[recipe], key=lambda pair: pair[0])


def _calibration(outcome: Step, context: Context) -> dict[str, Any]:
    """The map fitted on the validation part of one training, and on what."""
    classes = context.manifest.classes
    logits, labels, patients = _predicted(outcome, context, "validation")
    fitted = fit(logits, labels, patients)
    positive, labelled = positives(labels, len(classes)), knowns(labels, len(classes))
    prevalence = positive.sum(axis=0) / np.maximum(labelled.sum(axis=0), 1)
    return {
        **fitted.as_dict(),
        "images": len(labels),
        "patients": len(set(patients)),
        "prevalence": dict(zip(classes, prevalence.tolist(), strict=True)),
    }


def _sets(
    calibration: Mapping[str, Any], coverage: float, outcome: Step, context: Context
) -> dict[str, Any]:
    """The rule of prediction sets, by patients kept aside for it and the calibrated probabilities
    of their images."""
    logits, labels, patients = _predicted(outcome, context, SETS)
    probabilities = map_of(calibration).probabilities(logits)
    return fit_rule(labels, probabilities, patients, coverage).as_dict()


def _predicted(outcome: Step, context: Context, part: str) -> tuple[Floats, Ints, NDArray[Any]]:
    """Logits (n, classes), labels and patients (n,) of the images of a part."""
    table, classes = predictions_of(outcome, context, part), context.manifest.classes
    logits = table[[f"{LOGIT}{name}" for name in classes]].to_numpy(dtype=np.float64)
    return logits, labels_of(table, classes), whose(table)


def likeness_of(network: Any, outcome: Step, context: Context) -> dict[str, Any]:
    """Learn what images the model knows and keep it in `best`; what the card tells of it.

    At most 1,000 training and 1,000 validation images of the model's own training are looked at.
    What a run before this one has kept of the same training is taken as it is.
    """
    trial = chosen_of(outcome, context)
    parts = context.parts(trial.spec)
    train, validation = (
        watched(rows, f"likeness, {part}", labels=context.labels[rows], most=MOST_ALIKE)
        for part, rows in (("training", parts.train), ("validation", parts.validation))
    )
    best = context.out / "best"
    key = digest_of([likeness.VERSION, trial.key, train.tolist(), validation.tolist()])
    try:
        card = read_card(best)
        if (card.get("likeness") or {}).get("key") == key and likeness.load_likeness(best, card):
            return dict(card["likeness"])
    except InputError:
        pass  # none is there yet, or it is damaged
    fitted = likeness.fit_likeness(
        _features(network, train, context),
        _features(network, validation, context),
        likeness.channels_of(network.backbone),
    )
    return fitted.save(best, key)


def _features(network: Any, rows: NDArray[np.int64], context: Context) -> NDArray[np.float32]:
    """Features (len(rows), c) of images of the bank, computed as `predict` computes them."""
    network = network.cpu()
    return np.concatenate(
        [
            likeness.logits_and_features(
                network, to_float(torch.from_numpy(context.bank.read(some)))
            )[1]
            for some in np.array_split(rows, math.ceil(len(rows) / PREDICTED_AT_ONCE))
        ]
    )
