"""Which frames of a clip a study sees."""

import numpy as np
from numpy.typing import NDArray

from pleura.data.clips.settings import Frames
from pleura.data.clips.times import Times
from pleura.errors import PleuraError

SLACK = 1e-6  # seconds, of rounding
MOST = 10_000_000  # moments of a clip at which a frame is asked for


def chosen_frames(times: Times, frames: Frames) -> NDArray[np.int64]:
    """The numbers of the frames that a study sees of a clip whose frames are shown at `times` (n,),
    in order, none twice.

    A `number` of them are the middles of as many equal parts of the clip, counted in frames; all
    where it has not more. `per_second`: the frame that is shown at 0 seconds, and so on. Raises
    PleuraError where that is asked and the file tells no times.
    """
    if frames.number is not None:
        return spread(len(times), frames.number)
    assert frames.per_second is not None
    if np.isnan(times).any() or (np.diff(times) <= 0).any():
        raise PleuraError(
            "says not when each of its frames is shown; take frames: {number: 8} for such files"
        )
    if times[-1] * frames.per_second > MOST:
        raise PleuraError(
            f"lasts {times[-1]:,.0f} seconds by its header; {frames.per_second:g} frames a second "
            f"are more than {MOST:,}; take frames: {{number: 8}} for such files"
        )
    wanted = np.arange(np.floor(times[-1] * frames.per_second + SLACK) + 1) / frames.per_second
    return np.unique(np.searchsorted(times, wanted + SLACK, side="right") - 1)


def spread(count: int, number: int) -> NDArray[np.int64]:
    """The middles of `number` equal parts of 0 to `count - 1`; all of them where there are not
    more."""
    number = min(count, number)
    return (2 * np.arange(number) + 1) * count // (2 * number)
