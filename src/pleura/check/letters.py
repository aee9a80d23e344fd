"""Lines of bright letters in an image, such as names and dates that were burned into it."""

import numpy as np
from numpy.typing import NDArray

from pleura.data.audit.bright import bright_things

# Measured by benchmarks/planted_text.py, see docs/concepts/audit.md. Pixels of an image whose
# longer side has at most 768.
STROKE = 7  # the widest line of a letter
LOWEST, HIGHEST, WIDE = 5, 24, 1.6  # the height of a letter, and its width in heights
CONTRAST = 30  # gray levels that a letter is brighter than what is wider than its lines
INK = 0.15  # of its box, which the lines of a letter fill at least
LETTERS = 4  # in a row, at least: less may be a side marker, or bone
# In heights of a letter: how far the next one is, how much lower it may stand; and how much higher
# one may be than the other.
GAP, OVERLAP, SLOPE, TALLER = 1.0, 0.3, 0.2, 1.43

Boxes = NDArray[np.int64]


def lines_in(gray: NDArray[np.uint8]) -> Boxes:
    """(k, 4) left, top, right and bottom of the lines of letters in an image (h, w), pixels: things
    as large as letters, of one height, next to each other on one line that is level."""
    letters = letters_in(gray)
    letters = letters[np.argsort(letters[:, 0], kind="stable")]
    after = _next_letters(letters)
    lengths = np.ones(len(letters), np.int64)
    for at in reversed(range(len(letters))):
        if after[at] >= 0:
            lengths[at] += lengths[after[at]]
    starts = np.setdiff1d(np.flatnonzero(lengths >= LETTERS), after)
    lines = []
    for at in map(int, starts):
        line = []
        while at >= 0:
            line.append(letters[at])
            at = int(after[at])
        boxes = np.array(line)
        lines.append([*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)])
    return np.array(lines, np.int64).reshape(-1, 4)


def letters_in(gray: NDArray[np.uint8]) -> Boxes:
    """(k, 4) the boxes of all bright things that are as large as letters."""
    things = bright_things(gray, STROKE, CONTRAST)
    height, width = things.sides
    like_letters = (
        (height >= LOWEST)
        & (height <= HIGHEST)
        & (width <= WIDE * height + 1)
        & (things.areas / (height * width) >= INK)
    )
    return things.boxes[like_letters]


def _next_letters(letters: Boxes) -> NDArray[np.int64]:
    """(k,) which letter follows each on its line, -1 where none does; `letters` by their left."""
    left, top, right, bottom = letters.T
    height = bottom - top
    after = np.full(len(letters), -1)
    farthest = np.searchsorted(left, right + GAP * TALLER * height, side="right")
    each = np.arange(len(letters))
    one = np.repeat(each, farthest - each - 1)
    first = np.searchsorted(one, one)
    other = one + 1 + np.arange(len(one)) - first
    apart = left[other] - right[one]
    taller = height[other] / height[one]
    follows = (
        (left[other] > left[one])
        & (apart >= -OVERLAP * height[one])
        & (apart <= GAP * np.maximum(height[other], height[one]))
        & (np.abs(bottom[other] - bottom[one]) <= np.maximum(1, SLOPE * height[one]))
        & (taller <= TALLER)
        & (taller >= 1 / TALLER)
    )
    followed, nearest = np.unique(one[follows], return_index=True)
    after[followed] = other[follows][nearest]
    return after
