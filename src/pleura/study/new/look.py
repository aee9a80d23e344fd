"""A look at a few images of a table: their size, and whether black and white are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pleura.data.depth import RangeError, likely_range, to_8_bits
from pleura.data.readers import read_image

IMAGES = 12  # that are decoded


@dataclass(frozen=True)
class Look:
    """`side`: the shorter side of the images, pixels, their median. `full_range`: a guess of the
    values that are black and white, where the files do not say."""

    side: int
    full_range: tuple[float, float] | None


def look_at(addresses: Sequence[str], looked: Callable[[int, int], None]) -> Look:
    """Decode a few images that lie evenly among `addresses`; `looked` hears of each.

    Raises ReadError for one that cannot be read.
    """
    places = np.unique(np.linspace(0, len(addresses) - 1, IMAGES).astype(int)).tolist()
    sides, lows, highs = [], [], []
    for number, place in enumerate(places):
        looked(number, len(places))
        decoded = read_image(addresses[place])
        sides.append(min(decoded.width, decoded.height))
        try:
            to_8_bits(decoded)
        except RangeError as error:
            lows.append(error.levels.low)
            highs.append(error.levels.high)
    looked(len(places), len(places))
    full_range = likely_range(min(lows), max(highs)) if lows else None
    return Look(int(np.median(sides)), full_range)
