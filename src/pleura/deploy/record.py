"""What is written down of a prediction: one record, the same in JSON files, in CSV tables and on
the page."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from pleura.evaluate.prediction_sets import ABSENT, PRESENT

if TYPE_CHECKING:  # what is written down is known without torch
    from pleura.deploy.package import Model
    from pleura.deploy.predictor import Prediction

DO_NOT_TRUST = "unlike the training images: do not trust what the model says of it"
NO_SET = "no prediction set: what sets promise holds for single images, not for a mean"
CUT = (
    "samples with more bits than the header of the file says (BitsStored): those beyond were taken "
    "away, so look at the image, whose gray levels are wrong where the header is"
)

NO_LUNGS = "no usable lungs found: the centre of the image was judged"


class Outputs(BaseModel):
    """What a model gives: of classes or findings the `probabilities` by name, calibrated; or a
    `number`."""

    model_config = ConfigDict(extra="forbid")
    probabilities: dict[str, float] | None = None
    number: float | None = None


class FrameRecord(Outputs):
    """What a model gives of one frame of a clip, or one image of a patient, with its `distance`
    from the training images (see `Record`)."""

    frame: str
    distance: float | None = None


class Record(Outputs):
    """What a model says of an image, a clip or a patient.

    `answers`: the likeliest class, or the findings that are called positive at the thresholds of
    the model; None of a number. `set`: the classes that cannot be ruled out; `sets`: of each
    finding, whether it can be absent and present; None without prediction sets. `distance` from the
    training images, in multiples of the limit beyond which an image is unlike them; None where that
    is not known. `frames`: where there are several, what each gives. `heatmap`: the name of the
    file with it, where it was asked for. `notes`: what must be known beside. `error`: why an image
    could not be read; nothing else is known then.
    """

    image: str
    answers: list[str] | None = None
    set: list[str] | None = None
    sets: dict[str, list[str]] | None = None
    distance: float | None = None
    unlike_training: bool | None = None
    frames: list[FrameRecord] | None = None
    heatmap: str | None = None
    notes: list[str] = []
    error: str | None = None


def record_of(model: "Model", prediction: "Prediction", heatmap: str | None = None) -> Record:
    """What is written down of a prediction of `model`, with the name of its `heatmap`."""
    if prediction.error is not None:
        return Record(image=prediction.name, error=prediction.error.reason)
    several = len(prediction.frames) > 1
    notes = [DO_NOT_TRUST] if prediction.unlike else []
    notes += [f"mean of {len(prediction.frames)} images"] if several else []
    notes += [NO_SET] if several and model.rule else []
    notes += _answers_ruled_out(model, prediction)
    notes += [CUT] if any(frame.cut for frame in prediction.frames) else []
    notes += _without_lungs(prediction)
    frames = [
        FrameRecord(
            frame=str(frame.image),
            distance=_known(frame.distance),
            **_outputs(model, frame.probabilities),
        )
        for frame in prediction.frames
    ]
    return Record(
        image=prediction.name,
        answers=None if prediction.answers is None else list(prediction.answers),
        distance=_known(prediction.distance),
        unlike_training=prediction.unlike,
        frames=frames if several else None,
        heatmap=heatmap,
        notes=notes,
        **_outputs(model, prediction.probabilities),
        **_sets(model, prediction),
    )


def _without_lungs(prediction: "Prediction") -> Iterator[str]:
    """Where a model sees images cropped to their lungs: of how many none were found."""
    missing = sum(frame.found is False for frame in prediction.frames)
    if missing:
        several = len(prediction.frames) > 1
        yield NO_LUNGS + f" ({missing} of {len(prediction.frames)} images)" * several


def _outputs(model: "Model", values: NDArray[np.float64]) -> dict[str, Any]:
    if model.gives_a_number:
        return {"number": float(values[0])}
    return {"probabilities": dict(zip(model.classes, map(float, values), strict=True))}


def _sets(model: "Model", prediction: "Prediction") -> dict[str, Any]:
    if prediction.sets is None or model.rule is None:
        return {}
    sets = [list(answers) for answers in prediction.sets]
    if model.rule.several:
        return {"sets": dict(zip(model.classes, sets, strict=True))}
    return {"set": sets[0]}


def _answers_ruled_out(model: "Model", prediction: "Prediction") -> Iterator[str]:
    """Why an answer can stand beside a set without it: which class is the likeliest goes by its
    probability beside that of the others, what is in a set by that of patients who have the
    class. Of an empty set nothing is said: it is like no class."""
    if prediction.sets is None or prediction.answers is None or model.rule is None:
        return
    most = f"by whom the sets were made, at least {100 * model.rule.coverage:.4g} % have"
    if not model.rule.several:
        (answer,), (its,) = prediction.answers, prediction.sets
        if its and answer not in its:
            yield (
                f"{answer} is the likeliest class and yet ruled out: of the patients with {answer} "
                f"{most} a higher probability of it than this image"
            )
        return
    for finding, its in zip(model.classes, prediction.sets, strict=True):
        if its == (ABSENT,) and finding in prediction.answers:
            yield (
                f"{finding} is called positive and yet ruled out: of the patients with {finding} "
                f"{most} a higher probability of it than this image"
            )
        if its == (PRESENT,) and finding not in prediction.answers:
            yield (
                f"{finding} is called negative, and yet its absence is ruled out: of the patients "
                f"without {finding} {most} a lower probability of it than this image"
            )


def _known(distance: float) -> float | None:
    return None if np.isnan(distance) else distance
