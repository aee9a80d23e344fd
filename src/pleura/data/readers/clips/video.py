"""Videos, through the FFmpeg that is in OpenCV."""

from pathlib import Path

import numpy as np

from pleura.data.readers.clips import footage
from pleura.data.readers.clips.capture import open_capture, opencv
from pleura.data.readers.clips.coded_sizes import refuse_changing_size
from pleura.data.readers.clips.containers import AVI, MP4
from pleura.data.readers.clips.footage import Gray
from pleura.errors import PleuraError

COUNTED = (MP4, AVI)  # containers whose header counts the frames; OpenCV guesses those of others


class Video:
    """The frames of a video; see `Footage`.

    Frames are decoded one after the other from the first, by one thread: going to one of them by
    its time is not exact in every container.
    """

    def __init__(self, path: Path, container: str) -> None:
        self._cv2 = cv2 = opencv()
        self._capture = open_capture(path, cv2.CAP_PROP_N_THREADS, 1)
        if not self._capture.isOpened():
            raise PleuraError(
                "damaged or truncated, without a picture, or in a coding that is not read"
            )
        self.width, self.height = (
            int(self._capture.get(what))
            for what in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        )
        # Some headers of damaged files count less than none.
        frames = max(0, round(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)))
        footage.refuse_large(self.width, self.height, frames)
        coding = int(self._capture.get(cv2.CAP_PROP_FOURCC))
        refuse_changing_size(path, (coding & 0xFFFFFFFF).to_bytes(4, "little"))
        rate = float(self._capture.get(cv2.CAP_PROP_FPS))
        self._interval = 1 / rate if np.isfinite(rate) and rate > 0 else 0.0
        self._said = frames or None if container in COUNTED else None
        self.length = frames * self._interval or None
        self.number = -1
        self._asked, self._told = -1, 0.0  # the last frame whose time was asked for, and its time

    @property
    def said(self) -> int | None:
        """See `Footage.said`."""
        return self._said

    @property
    def seconds(self) -> float:
        """See `Footage.seconds`."""
        if self.number != self._asked:
            told = float(self._capture.get(self._cv2.CAP_PROP_POS_MSEC)) / 1000
            # The last frames of some videos have no time of their own.
            if self.number > 0 and told <= self._told:
                told = self._told + (self.number - max(0, self._asked)) * self._interval
            self._asked, self._told = self.number, told
        return self._told

    def advance(self) -> bool:
        """See `Footage.advance`."""
        if not self._capture.grab():
            return False
        self.number += 1
        if self.number >= footage.MAX_FRAMES:
            footage.refuse_large(self.width, self.height, self.number + 1)
        return True

    def gray(self) -> Gray:
        """See `Footage.gray`. Raises PleuraError for a frame that cannot be decoded."""
        read, colours = self._capture.retrieve()
        if not read:
            raise PleuraError(f"damaged: frame {self.number} cannot be decoded")
        if colours.shape[:2] != (self.height, self.width):
            raise PleuraError(f"frame {self.number} has another size than the first")
        gray: Gray = self._cv2.cvtColor(colours, self._cv2.COLOR_BGR2GRAY)
        return gray

    def close(self) -> None:
        """See `Footage.close`."""
        self._capture.release()
