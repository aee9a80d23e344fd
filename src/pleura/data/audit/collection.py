"""What the detectors of the audit look at."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pleura.data.audit.gradients import gradients_of
from pleura.data.bank import Bank, placing
from pleura.data.manifest import Manifest
from pleura.data.scaling import areas

SIDE = 64  # pixels of a thumbnail
READ = 256  # images held at a time


@dataclass(frozen=True)
class Collection:
    """A manifest of n images and the bank that holds them, in its order.

    `parts`: (n,) names of the parts of a split, "" where an image is in none, None where there is
    no split; an image in two of them is a leak, also where it is cut differently. `judged`: the
    manifest with the labels alone that can be judged, None where those are all.
    """

    manifest: Manifest
    bank: Bank
    parts: NDArray[np.str_] | None = None
    judged: Manifest | None = None

    def __len__(self) -> int:
        return len(self.manifest)

    @property
    def by_label(self) -> Manifest:
        """The manifest with the labels that are judged."""
        return self.manifest if self.judged is None else self.judged

    @cached_property
    def readable(self) -> NDArray[np.bool_]:
        """(n,) whether the bank holds the image."""
        return (self.bank.info["error"] == "").to_numpy(dtype=bool)

    @cached_property
    def shown(self) -> NDArray[np.bool_]:
        """(n,) whether the bank holds the image, and there is anything to see on it."""
        faint = self.thumbnails.std(axis=(1, 2)) < 1
        shown: NDArray[np.bool_] = self.readable & ~faint
        return shown & self.gradients.any(axis=(1, 2, 3))

    @cached_property
    def thumbnails(self) -> NDArray[np.uint8]:
        """(n, SIDE, SIDE) the images without the bars that pad them, stretched to a square."""
        thumbnails = np.zeros((len(self), SIDE, SIDE), np.uint8)
        for start in range(0, len(self), READ):
            rows = np.arange(start, min(start + READ, len(self)))
            for row, square in zip(rows, self.bank.read(rows), strict=True):
                left, top, right, bottom = self._box(int(row))
                down, across = areas(bottom - top, SIDE), areas(right - left, SIDE)
                pixels = square[top:bottom, left:right].astype(np.float32)
                thumbnails[row] = np.rint(down @ pixels @ across.T)
        return thumbnails

    @cached_property
    def gradients(self) -> NDArray[np.float32]:
        """(n, directions, cells, cells), see `gradients_of`."""
        return gradients_of(self.thumbnails)

    def _box(self, row: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the image within its square of the bank."""
        width, height = map(int, self._sides[row])
        size = self.bank.size
        if self.bank.fit == "crop" or not self.readable[row]:
            return 0, 0, size, size
        return placing(width, height, size, self.bank.fit)[1]

    @cached_property
    def _sides(self) -> NDArray[np.int64]:
        return self.bank.info[["width", "height"]].to_numpy(dtype=np.int64)
