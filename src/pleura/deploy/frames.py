"""Which frames of a clip a model sees, and what it says of the clip as a whole."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.data.addresses import on_disk
from pleura.data.clips.chosen import chosen_frames
from pleura.data.clips.settings import Frames
from pleura.data.clips.times import frame_times, may_move
from pleura.data.readers import ReadError, errors_of, split_address
from pleura.deploy.inputs import Image, refuse_no_file

Floats = NDArray[np.float64]


def frames_of(image: Image, card: Mapping[str, Any]) -> list[Image]:
    """The frames of a clip, or of a DICOM file of several, that the model of a `card` sees, as the
    clips of its study were seen; of anything else the image alone.

    Raises ReadError for what is no file, for a clip that cannot be read, and for any where the
    study had no clips.
    """
    if isinstance(image, np.ndarray):
        return [image]
    name = str(image)
    refuse_no_file(name)
    path, member = split_address(on_disk(name))
    if member is not None or not may_move(path):
        return [image]
    with errors_of(name):
        times = frame_times(path)
    if len(times) == 1:
        return [image]
    if not card.get("frames"):
        raise ReadError(
            name,
            f"a clip of {len(times)} frames, and this model has learned from single images; where "
            f"one of its frames is such an image, name that, {name}::0 to {name}::{len(times) - 1}",
        )
    with errors_of(name):
        numbers = chosen_frames(times, Frames(**card["frames"]))
    return [f"{name}::{number}" for number in numbers]


def of_clips(
    probabilities: Floats, distances: Floats, frames: Sequence[int]
) -> tuple[Floats, Floats]:
    """What holds of clips of so many `frames` each: the mean of the probabilities (n, classes) of
    their frames, and the median of their distances (n,) from the training images."""
    ends = np.cumsum(frames)[:-1]
    means = [each.mean(axis=0) for each in np.split(probabilities, ends)]
    medians = [np.median(each) for each in np.split(distances, ends)]
    return np.stack(means), np.array(medians)
