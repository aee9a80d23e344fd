"""How many frames a moving picture has, and when each is shown."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pleura.data.readers.clips.containers import SUFFIXES
from pleura.data.readers.clips.footage import Footage
from pleura.data.readers.clips.opening import open_footage
from pleura.data.readers.dicom.damaged import refusing
from pleura.data.readers.dicom.header import (
    frames_of,
    is_unnamed_dicom,
    read_header,
    refuse_large,
    refuse_no_picture,
)
from pleura.data.readers.dicom.reader import DicomReader
from pleura.errors import PleuraError
from pleura.files import state_of

if TYPE_CHECKING:
    from pydicom import Dataset

LONGEST = 60.0  # seconds that a frame is shown; what says more is a slip
MISSING = 0.02  # of its length: what a clip may lack at its end

Times = NDArray[np.float64]

_COUNTS: dict[tuple[Path, int, int], int] = {}  # of frames, by path, time of change and length


def may_move(path: Path) -> bool:
    """Whether a file is of a kind that can hold several frames: a clip, or DICOM."""
    return is_clip(path) or path.suffix.lower() in DicomReader.suffixes or is_unnamed_dicom(path)


def is_clip(path: Path) -> bool:
    """Whether a file is a clip by the ending of its name."""
    return path.suffix.lower() in SUFFIXES


def frame_times(path: Path) -> Times:
    """The seconds (n,) at which the frames of a file that may move are shown, from its first; all
    nan where it does not say.

    A clip is decoded for it. Raises PleuraError, or whatever a decoder raises, for a file that
    cannot be read or is cut off.
    """
    if path.stat().st_size == 0:
        raise PleuraError("the file is empty")
    times = _of_clip(path) if is_clip(path) else _of_dicom(read_header(path))
    remember_count(path, len(times))
    return times


def frame_count(path: Path) -> int:
    """How many frames a file has that may move; it is decoded for it where this process does not
    know it. Raises as `frame_times` does."""
    known = _COUNTS.get(state_of(path))
    return len(frame_times(path)) if known is None else known


def remember_count(path: Path, frames: int) -> None:
    """Let `frame_count` know how many frames a file has."""
    _COUNTS[state_of(path)] = frames


def forget_counts() -> None:
    """Forget how many frames files have."""
    _COUNTS.clear()


def _of_clip(path: Path) -> Times:
    footage = open_footage(path)
    try:
        times = []
        while footage.advance():
            times.append(footage.seconds)
        if not times:
            raise PleuraError("no frame can be read: empty, truncated or damaged")
        shown = np.array(times) - times[0]
        _refuse_cut_off(footage, shown)
    finally:
        footage.close()
    return shown


def _refuse_cut_off(footage: Footage, times: Times) -> None:
    """Raise PleuraError where frames are missing at the end. A header may count more of them than
    are meant to be shown, but is then not longer."""
    if footage.said is None or len(times) >= footage.said or footage.length is None:
        return
    interval = footage.length / footage.said
    if footage.length - times[-1] - interval > max(2 * interval, MISSING * footage.length):
        raise PleuraError(
            f"truncated or damaged: {len(times)} of its {footage.said} frames can be read"
        )


def _of_dicom(header: "Dataset") -> Times:
    """By the frame times of NEMA PS3.3, C.7.6.5, or the rate at which it is to be shown."""
    with refusing("damaged: the times of its frames are no numbers"):
        return _said_times(header)


def _said_times(header: "Dataset") -> Times:
    refuse_no_picture(header)
    refuse_large(header)
    numbers = np.arange(frames_of(header), dtype=np.float64)
    vector, each = header.get("FrameTimeVector"), header.get("FrameTime")
    if vector is not None and np.size(vector) == len(numbers):
        # Of the first frame it is the time since nothing, 0 in most files but not in all.
        shown: Times = np.cumsum([0, *np.asarray(vector, dtype=np.float64)[1:]]) / 1000
        return shown
    rate = float(header.get("RecommendedDisplayFrameRate") or header.get("CineRate") or 0)
    interval = float(each) / 1000 if each else 1 / rate if rate > 0 else np.nan
    if not 0 < interval <= LONGEST:
        interval = np.nan
    return np.zeros(1) if len(numbers) == 1 else np.multiply(numbers, interval)
