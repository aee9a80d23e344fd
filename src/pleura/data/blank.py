"""Finds images on which there is nothing to see."""

import numpy as np
from numpy.typing import NDArray

from pleura.data.bank import Bank, placing

READ = 256  # images held at a time
ALIKE = 1  # gray level: what storing may change in a constant image


def blank_images(bank: Bank) -> NDArray[np.int64]:
    """Rows of images whose pixels are all alike, sorted: constant or transparent ones, and those
    without a number. Bars that pad an image do not count; images that cannot be read are left out.
    """
    blank: list[int] = []
    sides = bank.info[["width", "height"]].to_numpy()
    readable = (bank.info["error"] == "").to_numpy()
    for start in range(0, len(bank), READ):
        pixels = bank.read(np.arange(start, min(start + READ, len(bank))))
        spread = np.ptp(pixels.reshape(len(pixels), -1), axis=1)
        for row in np.flatnonzero(readable[start : start + len(pixels)]):
            if bank.fit == "pad" and spread[row] > ALIKE:
                width, height = map(int, sides[start + row])
                _, (left, top, right, bottom) = placing(width, height, bank.size, bank.fit)
                # A pixel less on each side: an image read at a reduced scale may end earlier.
                inner = pixels[row, top + 1 : bottom - 1, left + 1 : right - 1]
                spread[row] = np.ptp(inner) if inner.size else spread[row]
            if spread[row] <= ALIKE:
                blank.append(int(start + row))
    return np.array(blank, dtype=np.int64)
