"""The values of the masks."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Structure(IntEnum):
    """What a pixel shows; the values of a dense mask.

    `BACKGROUND` lies outside the field of view. `UNHEALTHY_LUNG` is the hazy field around and
    beneath disease; `CONSOLIDATION` is airless lung itself.
    """

    BACKGROUND = 0
    CHEST_WALL = 1
    RIB = 2
    SHADOW = 3
    HEALTHY_PLEURA = 4
    UNHEALTHY_PLEURA = 5
    A_LINE = 6
    B_LINE = 7
    HEALTHY_LUNG = 8
    UNHEALTHY_LUNG = 9
    CONSOLIDATION = 10
    EFFUSION = 11


LINES = (
    Structure.HEALTHY_PLEURA,
    Structure.UNHEALTHY_PLEURA,
    Structure.A_LINE,
    Structure.B_LINE,
)
# Columns of the table, each 1 where at least this share of the frame shows the structure in its
# dense mask.
LEAST = 0.0005
FLAGS = {
    "a_lines": Structure.A_LINE,
    "b_lines": Structure.B_LINE,
    "pleura_broken": Structure.UNHEALTHY_PLEURA,
    "consolidation": Structure.CONSOLIDATION,
    "effusion": Structure.EFFUSION,
}


def sparse_of(dense: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The lines of a dense mask (h, w), at the same pixels with the same values; else 0."""
    return np.where(np.isin(dense, LINES), dense, 0).astype(np.uint8)
