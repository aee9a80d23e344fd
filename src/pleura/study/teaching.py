"""Steps in which the network of a recipe teaches another: its members, what it says of images."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.files import digest_of
from pleura.study.context import Context
from pleura.study.distillation import SOFT_TARGETS, Distillation
from pleura.study.draw import Draw
from pleura.study.step import Step
from pleura.study.steps.listed import make_step
from pleura.study.trials import teaching_of, trials_of
from pleura.train.settings import FitSettings, epochs_of
from pleura.wording import count

Rows = NDArray[np.int64]
DRAW = ("fold", "seed", "fraction")


def images_taught(draw: Mapping[str, Any], context: Context) -> tuple[Rows, Rows]:
    """The rows that train with labels in a draw, and those of the training part whose labels the
    fraction leaves out.

    No patient of either validates in the draw's fold with its seed, at any fraction, tests in the
    fold or is kept aside.
    """
    split, fold = context.split, draw["fold"]
    train = context.parts(draw).train
    others = [split.held_out_of(fold), split.validates_in(fold, draw["seed"]), train]
    return train, np.setdiff1d(np.arange(len(context.manifest)), np.concatenate(others))


def rows_seen(draw: Mapping[str, Any], context: Context) -> Rows:
    """The rows of which a teacher says what it thinks in a draw, sorted: all that train."""
    return np.sort(np.concatenate(images_taught(draw, context)))


def _outcome_of(recipe: str, draw: Draw, steps: Iterable[Step]) -> Step | None:
    """The evaluation of a recipe in a draw among `steps`; None where a search must end first."""
    wanted = {"recipe": recipe, **{key: draw.spec[key] for key in DRAW}}
    for step in steps:
        if "knob" in step.spec and all(step.spec[key] == its for key, its in wanted.items()):
            return step
    return None


def can_be_taught(asked: Distillation | None, draw: Draw, steps: Mapping[str, Step]) -> bool:
    """Whether its teacher, if it has one, is planned to its end in a draw."""
    return asked is None or _outcome_of(asked.teacher, draw, steps.values()) is not None


def taught(asked: Distillation, draw: Draw, steps: Mapping[str, Step], context: Context) -> Step:
    """What a teacher says of the images that its students learn from: of the trainings of its
    recipe in the same draw, which are among `steps`, the best on validation teaches.

    Its members train on the same images: other seeds would draw other patients to train and to
    validate, so that a student's validation could be known to its teacher.
    """
    teacher = _outcome_of(asked.teacher, draw, steps.values())
    assert teacher is not None  # or nobody `can_be_taught`
    trials, keys = trials_of(teacher), {key: draw.spec[key] for key in DRAW}
    members = [
        make_step(
            "member",
            f"{asked.teacher}, {draw.title}: network {number} of {asked.members}",
            {**keys, "member": number},
            *trials,
        )
        for number in range(2, asked.members + 1)
    ]
    names = ("task", "bank", "classes", *keys)
    spec = {name: draw.spec[name] for name in names if name in draw.spec}
    spec["rows"] = digest_of(rows_seen(draw.spec, context).tolist())
    title = f"what {asked.taught_by} says of training images, {draw.title}"
    places = {"teacher": asked.taught_by}
    return make_step(SOFT_TARGETS, title, spec, *trials, *members, places=places)


def images_beside(spec: Mapping[str, Any], context: Context) -> int:
    """How many images without label an epoch of a training shows beside its labelled ones; 0
    without a teacher."""
    asked = spec.get("distillation")
    if asked is None:
        return 0
    train, unlabelled = images_taught(spec, context)
    settings = FitSettings.model_validate(spec["settings"])
    wanted: int = asked["unlabelled"] * len(train)
    return min(wanted, len(unlabelled) * settings.batches(len(train)))


def told_of_students(outcomes: Iterable[Step], context: Context) -> list[str]:
    """What a plan says of each student and fraction, by its evaluations: by whom it is taught, on
    what images, and how its training compares with one without a teacher."""
    lines: dict[tuple[str, float], str] = {}
    for outcome in outcomes:
        key = outcome.spec["recipe"], outcome.spec["fraction"]
        trials = trials_of(outcome)
        teaching = teaching_of(trials[0]) if trials else None
        if key not in lines and teaching:
            lines[key] = _told(key[0], trials[0], teaching, context)
    return list(lines.values())


def _told(name: str, training: Step, teaching: Step, context: Context) -> str:
    spec = training.spec
    labelled, unlabelled = (len(rows) for rows in images_taught(spec, context))
    settings, beside = FitSettings.model_validate(spec["settings"]), images_beside(spec, context)
    epochs = epochs_of(settings, labelled)
    steps = epochs * settings.batches(labelled)
    asked = spec["distillation"]
    return (
        f"{name}: taught by {teaching.places['teacher']} at temperature {asked['temperature']:g} "
        f"and weight {asked['weight']:g}, {100 * spec['fraction']:g} % of the labels: "
        f"{count(labelled, 'labelled image')} and {count(unlabelled, 'image')} without label; up "
        f"to {count(epochs, 'epoch')} of {count(steps // epochs, 'step')} as without a teacher, "
        f"each step on {1 + beside / labelled:.3g} x as many images"
    )
