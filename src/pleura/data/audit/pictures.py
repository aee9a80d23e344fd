"""Images of a bank side by side in one picture, and pieces of images."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pleura.data.bank import Bank

GAP = 4  # pixels between images
MOST = 4  # images of a finding that are shown


def patients_first(rows: Sequence[int], patients: NDArray[Any]) -> tuple[int, ...]:
    """The `rows` of a finding with an image of each of the `patients` (n,) at the front."""
    first = {str(patients[row]): row for row in reversed(rows)}.values()
    return (*sorted(first), *(row for row in rows if row not in set(first)))


def side_by_side(bank: Bank, rows: tuple[int, ...], kind: str) -> bytes:
    """The first images of `rows`, next to each other, as a file of a `kind` such as `png`."""
    squares = bank.read(np.array(rows[:MOST]))
    gap = np.full((squares.shape[1], GAP), 255, np.uint8)
    tiles = [tile for square in squares for tile in (gap, square)][1:]
    return _file(np.hstack(tiles), kind)


def one_below_the_other(crops: Sequence[NDArray[np.uint8]], kind: str) -> bytes:
    """Pieces of images (h, w), at the left of a white ground, as a file of a `kind`."""
    width = max(crop.shape[1] for crop in crops)
    tiles = [
        np.pad(crop, ((0, GAP), (0, width - crop.shape[1])), constant_values=255) for crop in crops
    ]
    return _file(np.vstack(tiles), kind)


def _file(pixels: NDArray[np.uint8], kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format=kind)
    return buffer.getvalue()
