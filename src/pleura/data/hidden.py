"""Images of which a region is hidden: what a model still tells from them shows what it uses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

VERSION = 2  # part of every key: raised whenever something else would be hidden
FRAME = 0.15  # of height and width, along each edge
AVERAGED = 1000  # images are enough for an average
BLOCK = 256


class Images(Protocol):
    """What a model is applied to: a bank, or a bank with a region hidden."""

    def read(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Images (len(rows), h, w)."""
        ...


@dataclass(frozen=True)
class Hidden:
    """Images whose pixels are those of `fill` where `hidden` is true; both are (h, w), or by rows,
    (len(rows), h, w)."""

    images: Images
    hidden: NDArray[np.bool_] | Callable[[NDArray[np.int64]], NDArray[np.bool_]]
    fill: NDArray[np.uint8] | Callable[[NDArray[np.int64]], NDArray[np.uint8]]

    def read(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Images (len(rows), h, w)."""
        hidden = self.hidden(rows) if callable(self.hidden) else self.hidden
        fill = self.fill(rows) if callable(self.fill) else self.fill
        return np.where(hidden, fill, self.images.read(rows))


def frame(height: int, width: int) -> NDArray[np.bool_]:
    """Where the outer 15 % of an image are, along each edge: (height, width) bool."""
    outer = np.ones((height, width), dtype=np.bool_)
    dy, dx = round(FRAME * height), round(FRAME * width)
    outer[dy : height - dy, dx : width - dx] = False
    return outer


def average(images: Images, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The mean image (h, w) of `rows`, or of about 1,000 of them at equal distances.

    Hidden regions are filled with it. It is the same for all images that a model is tested on, so
    it tells nothing of any of them, and it looks more like what a model was trained on than a black
    area does.
    """
    chosen = rows[:: max(1, len(rows) // AVERAGED)]
    total = sum(
        images.read(chosen[start : start + BLOCK]).sum(axis=0, dtype=np.int64)
        for start in range(0, len(chosen), BLOCK)
    )
    return np.asarray(np.round(total / len(chosen)), dtype=np.uint8)
