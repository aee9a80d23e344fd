"""Images of a bank side by side in one picture."""

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
    buffer = io.BytesIO()
    Image.fromarray(np.hstack(tiles)).save(buffer, format=kind)
    return buffer.getvalue()
