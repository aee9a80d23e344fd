"""Squares of image files, as a model sees them, for what is measured of its export."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pleura.data.bank_file import Square
from pleura.data.readers import ReadError
from pleura.data.readers.decoded import Range
from pleura.deploy.decoding import read_in_batches
from pleura.deploy.find_images import find_images
from pleura.deploy.frames import frames_of
from pleura.deploy.inputs import see
from pleura.deploy.masks import Say
from pleura.deploy.predictor import PREDICTED_AT_ONCE
from pleura.errors import InputError


def squares_of(
    places: Sequence[str | Path],
    card: Mapping[str, Any],
    *,
    column: str | None = None,
    full_range: Range | None = None,
    say: Say = lambda line: None,
) -> Square:
    """Squares (n, size, size) uint8 of all images of files, folders and tables, of a clip one for
    each frame that the model sees.

    Raises InputError where there is no image, and as `find_images` does; ReadError for an image
    that cannot be read.
    """
    addresses = [address for _, address in find_images(places, column, say)]
    frames = [frame for address in addresses for frame in frames_of(address, card)]
    if not frames:
        raise InputError(f"{', '.join(map(str, places))}: no image in it")
    squares = []
    for items in read_in_batches(frames, lambda f: see(f, card, full_range), PREDICTED_AT_ONCE):
        for item in items:
            if isinstance(item, ReadError):
                raise item
            squares.append(item.square)
    return np.stack(squares)
