"""Which model a study hands over: the best on validation, never on test."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from statistics import mean
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pleura.averages import MIRRORED
from pleura.data.augment import to_float
from pleura.data.rule import SETS
from pleura.deploy import likeness
from pleura.deploy.card import ClassifierCard, read_card
from pleura.deploy.mask_quality import learn_usual
from pleura.deploy.predictor import PREDICTED_AT_ONCE
from pleura.deploy.segmenter import Segmenter
from pleura.errors import InputError
from pleura.evaluate import at_home
from pleura.evaluate.calibration import fit
from pleura.evaluate.calibration_maps import CalibrationMap, FindingsMap, unfitted
from pleura.evaluate.calls import thresholds, with_calls
from pleura.evaluate.predicted_runs import knowns, labels_of, positives, whose
from pleura.evaluate.ranking import Floats, Ints
from pleura.evaluate.set_coverage import measured_on_test
from pleura.files import digest_of
from pleura.study.context import Context
from pleura.study.hand_over import cropping_in_card, hand_over
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps import segment
from pleura.study.steps.evaluation import outcomes_of
from pleura.study.steps.listed import kind_as
from pleura.study.steps.trial import NetworkTrial, Trained, Trial
from pleura.study.study_base import StudyBase
from pleura.study.trials import chosen_of, predictions_of
from pleura.tables import LOGIT, THRESHOLDS
from pleura.tasks.listed import TASKS
from pleura.tasks.watched import watched


@dataclass(frozen=True)
class Best:
    """What is handed over: under the name `recipe`, with a mean `score` on validation, in a
    `folder` of the study.

    `members` are the evaluations of the trainings in it, of an ensemble the best first; `judged` is
    the step whose predictions are those of all together.
    """

    recipe: str
    score: float
    members: tuple[Step, ...]
    judged: Step
    folder: str = "best"

    @property
    def first(self) -> Step:
        """The only one, or that of the best member on validation."""
        return self.members[0]


Describes = Callable[[Any, Mapping[str, Any], Best, Context], dict[str, Any]]
"""What the card of a network tells besides what all do: of the network, its card so far, and what
is handed over."""
NAMED = ("backbone", "strategy", "network", "structures", "head", "classes")
MOST_ALIKE = 1000  # training images, and as many of validation, that tell what is like them


def keep_best(study: StudyBase, plan: Plan, context: Context, describe: Describes) -> str:
    """Write the folder `best` with the model of a finished study, and return the name of the recipe
    it holds."""
    best = best_on_validation(study, plan, context)
    built = []
    for outcome in best.members:
        trial = chosen_of(outcome, context)
        kind = kind_as(NetworkTrial, trial)
        trained = kind.trained(trial, context)
        built.append((trained.network, _training(trial, trained)))
    network, training = built[0]
    card = card_of(study, best, training, context) | {"weights": training["weights"]}
    if best.judged in plan.of(MIRRORED):
        card[MIRRORED] = True
    card |= describe(network, card, best, context)
    hand_over(context, best.folder, network, card, built[1:])
    return best.recipe


def card_of(
    study: StudyBase, best: Best, training: Mapping[str, Any], context: Context
) -> dict[str, Any]:
    """What the cards of all models tell: of the study, of how images are read, and of the first
    `training` of what is handed over."""
    trial = chosen_of(best.first, context)
    card = {
        "task": study.task,
        "recipe": best.recipe,
        **{name: value for name, value in training.items() if name in NAMED},
        "size": context.bank.size,
        "fit": study.data.fit,
        "full_range": context.bank.full_range,
        "question": study.question,
        **{name: training[name] for name in ("fraction", "seed", "fold", "step")},
        f"validation_{kind_as(Trial, trial).score(trial).name}": best.score,
    }
    card |= _teacher_of(best.first, trial)
    if study.data.frames is not None:
        card["frames"] = study.data.frames.model_dump(exclude_none=True)
    if not context.bank.reduced:
        card["reduced"] = False
    return card | cropping_in_card(study, context)


def _teacher_of(outcome: Step, trial: Step) -> dict[str, Any]:
    """What a card tells of the recipe that taught the one that is handed over: nothing where there
    is none."""
    if "teacher" not in outcome.spec:
        return {}
    named = {"teacher": outcome.spec["teacher"], **trial.spec["distillation"]}
    return {"distilled": named}


def _training(trial: Step, trained: Trained[Any]) -> dict[str, Any]:
    """What a card tells of one training."""
    names = (*NAMED, "fraction", "seed", "fold")
    return {
        **{name: trial.spec[name] for name in names if name in trial.spec},
        "step": trial.key,
        "weights": trained.provenance.as_dict(),
    }


def describe_classifier(
    network: Any, card: Mapping[str, Any], best: Best, context: Context, study: StudyBase
) -> dict[str, Any]:
    """What is learned of a classifier on its own images: calibration, what is like them, and which
    answers are in its prediction sets, where the study asks for sets."""
    classes = context.manifest.classes
    logits, labels, patients = _predicted(best.judged, context, "validation")
    fitted = fit(logits, labels, patients) if len(labels) else unfitted(labels, len(classes))
    calibration = {**fitted.as_dict(), **_fitted_on(labels, patients, classes)}
    several = TASKS[study.task].learned.several
    calls = thresholds(labels, fitted.probabilities(logits)).tolist() if several else []
    basis = "fitted on validation images; they hold where classes are as frequent as among those"
    return {
        "probabilities": f"{fitted.function}(logits / temperature + biases), "
        + (basis if len(labels) else "not calibrated: the mean of the members'"),
        "calibration": calibration,
        **({THRESHOLDS: dict(zip(classes, calls, strict=True))} if several else {}),
        **({SETS: _sets(study, study.coverage, best, context)} if study.coverage else {}),
        at_home.FIELD: _at_home(study, fitted, best, context),
        "likeness": likeness_of(network, best, context),
    }


def describe_unet(
    network: Any, card: Mapping[str, Any], best: Best, context: Context
) -> dict[str, Any]:
    """What masks of each structure are like on the validation part of the training."""
    trial, segmenter = chosen_of(best.first, context), Segmenter(network, dict(card))
    bank, masks, _, validation = segment.images_of(trial, context)
    both = chain.from_iterable(
        zip(*segmenter.probabilities(list(bank.read(rows))), strict=True)
        for rows in np.array_split(validation, math.ceil(len(validation) / PREDICTED_AT_ONCE))
    )
    usual = learn_usual(both, masks.read(validation), len(masks.structures))
    named = zip(masks.structures, usual, strict=True)
    return {"usual": {name: mine.as_dict() for name, mine in named}}


def best_on_validation(study: StudyBase, plan: Plan, context: Context) -> Best:
    """At the largest fraction: the recipe with the greatest validation score, mean over seeds and
    folds, and of it the training with the greatest; or, where the study hands over averages, the
    one that this training is in."""
    largest = max(study.fractions)
    ranked = {name for name, recipe in study.recipes.items() if recipe.ranked}
    scores: dict[str, list[tuple[float, Step]]] = {}
    for outcome in outcomes_of(plan):
        name = outcome.spec["recipe"]
        if name in ranked and outcome.spec["fraction"] == largest:
            score = chosen_of(outcome, context).result(context.steps)["score"]
            scores.setdefault(name, []).append((score, outcome))
    recipe = max(scores, key=lambda name: mean(score for score, _ in scores[name]))
    score, first = max(scores[recipe], key=lambda pair: pair[0])
    for together in plan.of(study.handed_over):
        if first in together.parents:
            of = sorted(
                (pair for pair in scores[recipe] if pair[1] in together.parents),
                key=lambda pair: -pair[0],
            )
            members = tuple(outcome for _, outcome in of)
            return Best(together.spec["recipe"], mean(each for each, _ in of), members, together)
    return Best(recipe, score, (first,), first)


def _fitted_on(labels: Ints, patients: NDArray[Any], classes: Sequence[str]) -> dict[str, Any]:
    """On what a map was fitted: images and patients, and the share of each class or finding among
    the images of which it is known, null where there is none.

    Without a validation part, as of an ensemble no member of which has left these patients out,
    the map changes nothing, and no shares are told, as its probabilities go with none.
    """
    fitted_on: dict[str, Any] = {"images": len(labels), "patients": len(set(patients))}
    if not len(labels):
        return fitted_on
    positive, is_known = positives(labels, len(classes)), knowns(labels, len(classes))
    shares = [
        float(there.sum() / of.sum()) if of.any() else None
        for there, of in zip(positive.T, is_known.T, strict=True)
    ]
    return {**fitted_on, "prevalence": dict(zip(classes, shares, strict=True))}


def _sets(study: StudyBase, coverage: float, best: Best, context: Context) -> dict[str, Any]:
    """The rule of prediction sets, by patients kept aside for it and the calibrated probabilities
    of their images, and how often sets hold the truth on test."""
    first = best.first.spec  # of an ensemble every seed has the same rows
    table = predictions_of(best.judged, context)
    rule, measured = measured_on_test(
        table[table["seed"] == first["seed"]],
        fraction=first["fraction"],
        coverage=coverage,
        ordered=study.ordered,
        level=study.level,
    )
    on_test = {answer: asdict(its) for answer, its in measured.items()}
    return {**rule.as_dict(), "on_test": on_test}


def _at_home(
    study: StudyBase, fitted: CalibrationMap | FindingsMap, best: Best, context: Context
) -> dict[str, Any]:
    """How the model does on the test part, calibrated as it is handed over."""
    first = best.first.spec  # of an ensemble every seed has the same test rows
    table = predictions_of(best.judged, context, "validation", "test")
    table = table[table["seed"] == first["seed"]].reset_index(drop=True)
    names = [f"{LOGIT}{name}" for name in context.manifest.classes]
    logits = fitted.logits(table[names].to_numpy(dtype=np.float64))
    calibrated = with_calls(table.assign(**dict(zip(names, logits.T, strict=True))))
    return at_home.for_card(calibrated, study.task, level=study.level)


def _predicted(judged: Step, context: Context, part: str) -> tuple[Floats, Ints, NDArray[Any]]:
    """Logits (n, classes), labels and patients (n,) of the images of a part, each image once."""
    table = predictions_of(judged, context, part).drop_duplicates("image")
    classes = context.manifest.classes
    logits = table[[f"{LOGIT}{name}" for name in classes]].to_numpy(dtype=np.float64)
    return logits, labels_of(table, classes), whose(table)


def likeness_of(network: Any, handed: Best, context: Context) -> dict[str, Any]:
    """Learn what images the model knows and keep it in its folder; what the card tells of it.

    At most 1,000 training and 1,000 validation images of the model's own training are looked at.
    What a run before this one has kept of the same training is taken as it is.
    """
    trial = chosen_of(handed.first, context)
    parts = context.parts(trial.spec)
    train, validation = (
        watched(rows, f"likeness, {part}", labels=context.labels[rows], most=MOST_ALIKE)
        for part, rows in (("training", parts.train), ("validation", parts.validation))
    )
    best = context.out / handed.folder
    key = digest_of([likeness.VERSION, trial.key, train.tolist(), validation.tolist()])
    try:
        card = read_card(best, ClassifierCard)
        if (card.get("likeness") or {}).get("key") == key and likeness.load_likeness(best, card):
            return dict(card["likeness"])
    except InputError:
        pass  # none is there yet, or it is damaged
    fitted = likeness.fit_likeness(
        _features(network, train, context),
        _features(network, validation, context),
        likeness.groups_of(network),
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
