"""Images that are one and the same although their pixels differ: mirrored, or saved again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from pleura.data.bank import Bank
from pleura.data.blank import blank_images

# Measured on four collections, see docs/concepts/same-image.md: copies lie above .983 (JPEG of
# quality 30 and better, half of them at 80 % of the size), other patients below .912.
ALIKE = 0.95
SIDE = 32  # pixels of a thumbnail, at most
COARSE = 2.0  # pixels of a thumbnail; what is smoother than this says chest, not whose
FLAT = 1.0  # gray levels; a black frame of a clip is nobody's

READ, TILE = 256, 1024  # images held at a time
MIRRORED = ("", "mirrored left to right", "mirrored upside down", "turned by half")

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Twins:
    """Rows of two images, `one` < `other`, how alike they are (-1 to 1), and how `other` lies."""

    one: int
    other: int
    likeness: float
    mirrored: str


def find_twins(bank: Bank, groups: NDArray[Any]) -> list[Twins]:
    """Pairs of images of two `groups` (n,) that are as good as one image, the most alike first.

    Likeness is the correlation of thumbnails without their coarse shades, the highest of four:
    as it is, mirrored either way, both. Cropped, turned and inverted copies are not found. It takes
    n squared steps, and memory for n thumbnails and one tile of pairs.
    """
    parts = parities(bank)
    names = np.unique(groups, return_inverse=True)[1]
    twins = [twins for twins in _pairs(parts, parts, names, names) if twins.one < twins.other]
    return sorted(twins, key=lambda pair: (-pair.likeness, pair.one, pair.other))


def find_copies(rows: NDArray[np.int64], bank: Bank, other: Bank) -> list[Twins]:
    """The `rows` of a bank (`one`) that are as good as an image of another (`other`)."""
    side = min(SIDE, bank.size, other.size)
    mine, theirs = parities(bank, side)[:, rows], parities(other, side)
    pairs = _pairs(mine, theirs, np.zeros(len(rows)), np.ones(len(other)))
    return [replace(pair, one=int(rows[pair.one])) for pair in pairs]


def _pairs(
    ones: Array, others: Array, groups: NDArray[Any], other_groups: NDArray[Any]
) -> Iterator[Twins]:
    """Positions of all that are as good as one image, but for two of one group, tile by tile.

    `ones` and `others` are parities of n and m images, `groups` (n,) and `other_groups` (m,) whose
    they are. Where both are the same images, most pairs come in one order only.
    """
    for top in range(0, len(groups), TILE):
        for left in range(top if others is ones else 0, len(other_groups), TILE):
            tile = correlate(ones[:, top : top + TILE], others[:, left : left + TILE])
            best = tile.max(axis=0)
            best[groups[top : top + TILE, None] == other_groups[left : left + TILE]] = 0
            for row, column in np.argwhere(best > ALIKE):
                way = MIRRORED[int(tile[:, row, column].argmax())]
                yield Twins(int(top + row), int(left + column), float(best[row, column]), way)


def parities(bank: Bank, side: int = SIDE) -> Array:
    """(4, n, side * side / 4): thumbnails of unit norm as sums of what mirroring keeps or negates.

    A mirrored image has the same parts, two of them with the other sign, so that the products of
    parts give the correlations of all four positions at the price of one. Those of blank images
    are zeros.
    """
    side = min(side, bank.size) // 2 * 2
    parts = np.empty((4, len(bank), side * side // 4), np.float32)
    for start, thumbnails in _thumbnails(bank, side):
        upper, lower = thumbnails[:, : side // 2], thumbnails[:, : side // 2 - 1 : -1]
        for number, rows in enumerate((upper + lower, upper - lower)):
            near, far = rows[:, :, : side // 2], rows[:, :, : side // 2 - 1 : -1]
            stop = start + len(rows)
            parts[2 * number, start:stop] = ((near + far) / 2).reshape(len(rows), -1)
            parts[2 * number + 1, start:stop] = ((near - far) / 2).reshape(len(rows), -1)
    if bank.fit == "pad":  # the bars beside a constant image are no picture either
        parts[:, blank_images(bank)] = 0
    return parts


def _thumbnails(bank: Bank, side: int) -> Iterator[tuple[int, Array]]:
    """First row and (m, side, side) thumbnails without coarse shades; zeros where that is flat."""
    area = _areas(bank.size, side)
    for start in range(0, len(bank), READ):
        pixels = bank.read(np.arange(start, min(start + READ, len(bank)))).astype(np.float32)
        thumbnails = area @ pixels @ area.T
        thumbnails -= gaussian_filter(thumbnails, (0, COARSE, COARSE), mode="nearest")
        thumbnails -= thumbnails.mean(axis=(1, 2), keepdims=True)
        norm = np.sqrt((thumbnails**2).sum(axis=(1, 2), keepdims=True))
        yield start, np.where(norm > FLAT * side, thumbnails / np.maximum(norm, 1), 0)


def _areas(size: int, side: int) -> Array:
    """(side, size): each row averages its share of `size` pixels, whole or in part."""
    edges = np.linspace(0, size, side + 1)
    pixels = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return (overlap.clip(min=0) * side / size).astype(np.float32)


def correlate(one: Array, other: Array) -> Array:
    """(4, m, k) correlations of m and k images given as parities; first axis as in MIRRORED."""
    even, across, down, odd = one @ other.swapaxes(1, 2)
    same, differ = even + odd, across + down
    mirrored, turned = even - odd, across - down
    return np.stack((same + differ, mirrored - turned, mirrored + turned, same - differ))
