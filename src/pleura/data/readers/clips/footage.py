"""What reads the frames of one clip, in order."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pleura.data.readers import decoded
from pleura.errors import PleuraError

MAX_FRAMES = 20_000
FRAME_BYTES = 16  # for a pixel of a frame, with the other frames that a decoder keeps

Gray = NDArray[np.uint8]


class Footage(Protocol):
    """An open clip that stands at one of its frames, or before the first of them.

    `width` and `height` of the upright frames, in pixels. `number`: the frame at which it stands,
    -1 before the first. `length`: how many seconds the header tells, None where it does not.
    """

    width: int
    height: int
    number: int
    length: float | None

    @property
    def seconds(self) -> float:
        """When the frame at which it stands is shown. It has to be asked for each frame, since some
        have no time of their own."""
        ...

    @property
    def said(self) -> int | None:
        """How many frames the header counts, None where it does not."""
        ...

    def advance(self) -> bool:
        """Go to the next frame; False where there is none. Raises PleuraError for more frames than
        are read, and whatever the decoder raises on damaged data."""
        ...

    def gray(self) -> Gray:
        """The frame at which it stands, upright: (height, width) uint8."""
        ...

    def close(self) -> None:
        """Give back what it holds; it is not used any more."""
        ...


def refuse_large(width: int, height: int, frames: int | None) -> None:
    """Raise PleuraError for more frames, or larger ones, than are decoded within 1 GB."""
    if frames is not None and frames > MAX_FRAMES:
        raise PleuraError(f"{frames:,} frames; {MAX_FRAMES:,} are read at most. Save it in parts")
    decoded.refuse_huge(width, height, FRAME_BYTES)
