"""GIFs, through Pillow."""

from functools import cached_property
from pathlib import Path

import numpy as np
from PIL.GifImagePlugin import GifImageFile

from pleura.data.readers.clips.footage import Gray, refuse_large
from pleura.data.readers.pillow import flatten
from pleura.errors import PleuraError

HUNDREDTH = 0.01  # seconds, in which GIFs count
UNSAID = 0.1  # seconds: how long browsers show a frame that does not say it


class Gif:
    """The frames of a GIF, each with all that stays of those before; see `Footage`.

    Transparent pixels are black.
    """

    length: float | None = None  # it would have to be decoded to its end

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        try:
            self._image = GifImageFile(self._file)
            self.width, self.height = self._image.size
            refuse_large(self.width, self.height, None)
        except BaseException:
            self._file.close()
            raise
        self.number, self.seconds = -1, 0.0

    @cached_property
    def said(self) -> int | None:
        """See `Footage.said`; counted by going through the file, which decodes nothing."""
        return int(self._image.n_frames)

    def advance(self) -> bool:
        """See `Footage.advance`."""
        shown = self._shown if self.number >= 0 else 0.0
        try:
            self._image.seek(self.number + 1)
        except EOFError:
            return False
        self.number += 1
        self.seconds += shown
        refuse_large(*self._image.size, self.number + 1)
        if self._image.size != (self.width, self.height):
            raise PleuraError(f"damaged: frame {self.number} is larger than the first")
        return True

    def gray(self) -> Gray:
        """See `Footage.gray`."""
        self._image.load()
        return np.array(flatten(self._image))

    def close(self) -> None:
        """See `Footage.close`."""
        self._file.close()

    @property
    def _shown(self) -> float:
        """How long the frame at which it stands is shown, in seconds."""
        duration = self._image.info.get("duration", 0) / 1000
        return duration if duration > HUNDREDTH else UNSAID
