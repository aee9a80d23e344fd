"""Images that show the same although their pixels differ: mirrored, or saved again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from pleura.data.bank import Bank
from pleura.data.blank import blank_images
from pleura.data.scaling import areas

# Measured on four collections, see docs/concepts/same-image.md: copies lie above .983 (JPEG of
# quality 30 and better, half of them at 80 % of the size), other patients below .912.
ALIKE = 0.95
SIDE = 32  # pixels of a thumbnail, at most
COARSE = 2.0  # pixels of a thumbnail; what is smoother than this says chest, not whose
FLAT = 1.0  # gray levels; a black frame of a clip is nobody's

READ, TILE = 256, 1024  # images held at a time
HELD = 8 * TILE  # images whose thumbnails are held at a time, on either side of the pairs
MIRRORED = ("", "mirrored left to right", "mirrored upside down", "turned by half")

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Twins:
    """Two images that are as good as one: their rows, `one` < `other`.

    `likeness` is their correlation, -1 to 1; `mirrored` says how the other image lies against the
    first, "" where it lies in the same way.
    """

    one: int
    other: int
    likeness: float
    mirrored: str


def find_twins(bank: Bank, groups: NDArray[Any]) -> list[Twins]:
    """Pairs of images of two different `groups` (n,) that show the same, the most alike first.

    Likeness is the correlation of thumbnails without their coarse shades. It is taken four times,
    with the other image as it is, mirrored left to right, mirrored upside down and turned by half,
    and the highest counts. Copies that were cropped, turned otherwise or inverted are not found. It
    takes n squared steps, and memory for `HELD` thumbnails twice and one tile of pairs.
    """
    parts = _Thumbnails(bank)
    names = np.unique(groups, return_inverse=True)[1]
    twins = [twins for twins in _pairs(parts, parts, names, names) if twins.one < twins.other]
    return sorted(twins, key=lambda pair: (-pair.likeness, pair.one, pair.other))


def find_copies(rows: NDArray[np.int64], bank: Bank, other: Bank) -> list[Twins]:
    """Which of the `rows` of a bank (`one`) show the same as an image of another bank (`other`)."""
    side = min(SIDE, bank.size, other.size)
    mine, theirs = _Thumbnails(bank, side, rows), _Thumbnails(other, side)
    pairs = _pairs(mine, theirs, np.zeros(len(rows)), np.ones(len(other)))
    in_tiles = sorted(
        pairs, key=lambda pair: (pair.one // TILE, pair.other // TILE, pair.one, pair.other)
    )
    return [replace(pair, one=int(rows[pair.one])) for pair in in_tiles]


class _Thumbnails:
    """The parities of some `rows` of a bank, by default all, which are made for a few of them at a
    time: those of all images at once would take 4 KB an image."""

    def __init__(self, bank: Bank, side: int = SIDE, rows: NDArray[np.int64] | None = None) -> None:
        self.bank, self.side = bank, side
        self.rows = np.arange(len(bank)) if rows is None else rows
        blank = blank_images(bank) if bank.fit == "pad" else ()
        self.blank = np.isin(self.rows, np.array(blank, dtype=np.int64))

    def held(self, start: int) -> Array:
        """The parities of `HELD` of the rows from `start` on, or of those that are left."""
        chosen = slice(start, start + HELD)
        return _parities(self.bank, self.side, self.rows[chosen], self.blank[chosen])


def _pairs(
    ones: _Thumbnails, others: _Thumbnails, groups: NDArray[Any], other_groups: NDArray[Any]
) -> Iterator[Twins]:
    """Positions of all pairs of images that show the same and are not of one group, tile by tile.

    `groups` (n,) of `ones` and `other_groups` (m,) of `others` say whose the images are. Where both
    are the same images, a pair may come in both orders.
    """
    for above in range(0, len(groups), HELD):
        upper = ones.held(above)
        for before in range(above if others is ones else 0, len(other_groups), HELD):
            right = upper if others is ones and before == above else others.held(before)
            for top in range(above, above + upper.shape[1], TILE):
                first = max(top, before) if others is ones else before
                for left in range(first, before + right.shape[1], TILE):
                    rows, columns = slice(top, top + TILE), slice(left, left + TILE)
                    tile = correlate(
                        upper[:, top - above : top - above + TILE],
                        right[:, left - before : left - before + TILE],
                    )
                    best = tile.max(axis=0)
                    best[groups[rows, None] == other_groups[columns]] = 0
                    for row, column in np.argwhere(best > ALIKE):
                        way = MIRRORED[int(tile[:, row, column].argmax())]
                        likeness = float(best[row, column])
                        yield Twins(int(top + row), int(left + column), likeness, way)


def parities(bank: Bank, side: int = SIDE) -> Array:
    """The thumbnails of a bank in a form in which mirrored ones can be compared at once.

    Returns four parts of n thumbnails of unit norm, (4, n, side * side / 4): the sums and
    differences of their upper and lower halves, and of the left and right halves of those.
    Mirroring an image changes only the sign of two of its parts, so that `correlate` finds the
    correlations with all four mirrorings by multiplying each part once. The parts of blank images
    are zeros.
    """
    every = _Thumbnails(bank, side)
    return _parities(bank, side, every.rows, every.blank)


def _parities(bank: Bank, side: int, chosen: NDArray[np.int64], blank: NDArray[np.bool_]) -> Array:
    """`parities` of the rows `chosen` of a bank, of which some are `blank`."""
    side = min(side, bank.size) // 2 * 2
    parts = np.empty((4, len(chosen), side * side // 4), np.float32)
    for start, thumbnails in _thumbnails(bank, side, chosen):
        upper, lower = thumbnails[:, : side // 2], thumbnails[:, : side // 2 - 1 : -1]
        for number, rows in enumerate((upper + lower, upper - lower)):
            near, far = rows[:, :, : side // 2], rows[:, :, : side // 2 - 1 : -1]
            stop = start + len(rows)
            parts[2 * number, start:stop] = ((near + far) / 2).reshape(len(rows), -1)
            parts[2 * number + 1, start:stop] = ((near - far) / 2).reshape(len(rows), -1)
    parts[:, blank] = 0  # the bars beside a constant image are no picture either
    return parts


def _thumbnails(bank: Bank, side: int, chosen: NDArray[np.int64]) -> Iterator[tuple[int, Array]]:
    """The position of the first image and (m, side, side) thumbnails of m images, block by block.

    Coarse shades are taken out and the norm is 1; what is flat then gives zeros.
    """
    area = areas(bank.size, side)
    for start in range(0, len(chosen), READ):
        pixels = bank.read(chosen[start : start + READ]).astype(np.float32)
        thumbnails = area @ pixels @ area.T
        thumbnails -= gaussian_filter(thumbnails, (0, COARSE, COARSE), mode="nearest")
        thumbnails -= thumbnails.mean(axis=(1, 2), keepdims=True)
        norm = np.sqrt((thumbnails**2).sum(axis=(1, 2), keepdims=True))
        yield start, np.where(norm > FLAT * side, thumbnails / np.maximum(norm, 1), 0)


def correlate(one: Array, other: Array) -> Array:
    """Correlations (4, m, k) of m and of k images given as parities; the first axis is as
    `MIRRORED`."""
    even, across, down, odd = one @ other.swapaxes(1, 2)
    same, differ = even + odd, across + down
    mirrored, turned = even - odd, across - down
    return np.stack((same + differ, mirrored - turned, mirrored + turned, same - differ))
