"""One predictor behind everything that asks a model: what it makes of images, clips and patients.

Whoever asks (`Model.assess`, `pleura predict`, `pleura evaluate`) lists what is asked
about and gets a `Prediction` of each, in that order. Files are decoded by several threads while
the network works, some at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pleura.data.bank_file import Square
from pleura.data.readers import ReadError
from pleura.data.readers.decoded import Range
from pleura.deploy.decoding import read_in_batches
from pleura.deploy.frames import frames_of, of_clips
from pleura.deploy.inputs import Finds, Image, Seen, see
from pleura.evaluate.prediction_sets import SetRule

PREDICTED_AT_ONCE = 32  # images that a network sees together


class Judge(Protocol):
    """What is asked of a model, whatever it is made of; see `pleura.deploy.package.Model`."""

    @property
    def card(self) -> Mapping[str, Any]:
        """How images become squares, and which frames of a clip are seen."""
        ...

    @property
    def finds(self) -> Finds | None:
        """What finds the lungs that images are cropped to; None where they are seen whole."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of what `judge` gives."""
        ...

    @property
    def rule(self) -> SetRule | None:
        """What is in the prediction set of an image."""
        ...

    def judge(self, squares: Sequence[Square]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Probabilities (n, classes) and distances (n,) of squares (size, size) uint8."""
        ...

    def answers(self, probabilities: NDArray[np.float64]) -> tuple[str, ...] | None:
        """What probabilities (classes,) come to."""
        ...


@dataclass(frozen=True)
class Asked:
    """What is asked about, one image, clip or patient: how it is called, and its images, each the
    address of a file or an array (h, w)."""

    name: str
    images: Sequence[Image]


@dataclass(frozen=True)
class Frame:
    """What a model makes of one image or one frame of a clip, whose address or array is `image`.

    `square` (size, size) uint8 is what the network saw. `probabilities` (classes,) are calibrated.
    `distance` from the training images is in multiples of the limit; nan where the model does not
    know them. `width` and `height` are those of the upright image, in pixels. `cut`: whether bits
    of the file were taken away that its header does not speak of (see `Decoded`). `found`: whether
    usable lungs were found, None for a model that sees whole images.
    """

    image: Image
    square: Square
    probabilities: NDArray[np.float64]
    distance: float
    width: int
    height: int
    cut: bool = False
    found: bool | None = None


@dataclass(frozen=True)
class Prediction:
    """What a model makes of what is asked about.

    `frames` are the images that it was made of: one of an image, several of a clip or a patient.
    `probabilities` (classes,) are their mean, `distance` is their median (see `Frame`). `answers`
    says which class is the likeliest, or which findings are called positive at the thresholds of
    the model; None of a number, and of findings of a model without thresholds. `sets` holds the
    answers that cannot be ruled out, a set for each question (see `prediction_sets.named`); None
    where the model has no sets, and of several frames, since nothing is promised for a mean. Where
    an image cannot be read, `error` says why; then there are no frames, and probabilities and
    distance are nan.
    """

    name: str
    frames: tuple[Frame, ...]
    probabilities: NDArray[np.float64]
    distance: float
    answers: tuple[str, ...] | None
    sets: tuple[tuple[str, ...], ...] | None = None
    error: ReadError | None = None

    @property
    def unlike(self) -> bool | None:
        """Whether it is unlike the training images; None where that is not known."""
        return None if np.isnan(self.distance) else self.distance > 1


def predictions(
    model: Judge, asked: Sequence[Asked], full_range: Range | None = None
) -> Iterator[Prediction]:
    """What the model makes of each of `asked`, in order, as it comes.

    `full_range` gives the values that are black and white in images of more than 8 bits.
    """
    for start in range(0, len(asked), PREDICTED_AT_ONCE):
        some = asked[start : start + PREDICTED_AT_ONCE]
        shown = [
            [frame for image in each.images for frame in _shown(image, model)] for each in some
        ]
        frames = _frames(model, [frame for each in shown for frame in each], full_range)
        for each, its in zip(some, shown, strict=True):
            yield _prediction(model, each.name, list(islice(frames, len(its))))


def _shown(image: Image, model: Judge) -> list[Image | ReadError]:
    """The frames of an image that the model is shown, or why it cannot be read."""
    try:
        return [*frames_of(image, model.card)]
    except ReadError as error:
        return [error]


def _frames(
    model: Judge, images: Sequence[Image | ReadError], full_range: Range | None
) -> Iterator[Frame | ReadError]:
    """What the model makes of each image, or why it cannot be read."""

    def read(image: Image | ReadError) -> tuple[Image, Seen]:
        if isinstance(image, ReadError):
            raise image
        return image, see(image, model.card, full_range, model.finds)

    for items in read_in_batches(images, read, PREDICTED_AT_ONCE):
        squares = [item[1].square for item in items if not isinstance(item, ReadError)]
        judged = iter(zip(*model.judge(squares), strict=True)) if squares else iter(())
        for item in items:
            if isinstance(item, ReadError):
                yield item
            else:
                image, seen = item
                probabilities, distance = next(judged)
                size = seen.width, seen.height
                told = seen.cut, seen.found
                yield Frame(image, seen.square, probabilities, float(distance), *size, *told)


def _prediction(model: Judge, name: str, frames: Sequence[Frame | ReadError]) -> Prediction:
    """What the frames of one image, clip or patient say together."""
    read = tuple(frame for frame in frames if isinstance(frame, Frame))
    error = next((frame for frame in frames if isinstance(frame, ReadError)), None)
    if error is not None:
        return Prediction(name, (), np.full(len(model.classes), np.nan), np.nan, None, error=error)
    (mean,), (distance,) = of_clips(
        np.stack([frame.probabilities for frame in read]),
        np.array([frame.distance for frame in read]),
        [len(read)],
    )
    single = model.rule if len(read) == 1 else None
    sets = single.names(mean[None], model.classes)[0] if single else None
    return Prediction(name, read, mean, float(distance), model.answers(mean), sets)
