"""A look at a few images of a table: their size, and whether black and white are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pleura.data.depth import RangeError, to_8_bits
from pleura.data.readers import read_image
from pleura.study.new.ranges import of_headers, range_of, told_of

IMAGES = 12  # that are decoded


@dataclass(frozen=True)
class Look:
    """`side`: the shorter side of the images, pixels, their median. `full_range`: the values that
    are black and white, where files do not say it, and a sentence on that (`told`)."""

    side: int
    full_range: tuple[float, float] | None
    told: str = ""


def look_at(addresses: Sequence[str], looked: Callable[[int, int], None]) -> Look:
    """Decode a few images that lie evenly among `addresses`, and read the headers of all DICOM
    files; `looked` hears of each.

    Raises ReadError for one of the few that cannot be read.
    """
    places = np.unique(np.linspace(0, len(addresses) - 1, IMAGES).astype(int)).tolist()
    sides, spans = [], []
    headers = of_headers(addresses, looked)
    unsaid = [at for at, each in enumerate(addresses) if each in headers and headers[each].open]
    for number, place in enumerate(dict.fromkeys([*places, *unsaid[:1]])):
        looked(number, len(places))
        decoded = read_image(addresses[place])
        sides.append(min(decoded.width, decoded.height))
        try:
            to_8_bits(decoded)
        except RangeError as error:
            spans.append((error.levels.low, error.levels.high))
    looked(len(places), len(places))
    side = int(np.median(sides))
    if not spans:
        return Look(side, None)
    full_range, how = range_of(addresses, spans, headers, looked)
    return Look(side, full_range, told_of(addresses, full_range, how, headers))
