"""Images of a bank side by side in one picture that a page can hold."""

import base64
import io

import numpy as np
from PIL import Image

from pleura.data.bank import Bank

GAP = 4  # pixels between images
MOST = 4  # images of a finding that are shown
QUALITY = 85  # of the JPEGs in the page


def side_by_side(bank: Bank, rows: tuple[int, ...]) -> str:
    """The first images of `rows`, next to each other, as a data: address."""
    squares = bank.read(np.array(rows[:MOST]))
    height = squares.shape[1]
    gap = np.full((height, GAP), 255, np.uint8)
    tiles = [tile for square in squares for tile in (gap, square)][1:]
    buffer = io.BytesIO()
    Image.fromarray(np.hstack(tiles)).save(buffer, format="jpeg", quality=QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
