"""Finds the sector of an ultrasound clip, and what is drawn over it, by what moves."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pleura.data.readers.clips.footage import Gray

VERSION = 1  # part of a bank's key: raised whenever the same clip would get another sector
SIDE = 256  # pixels, of the longer side at which shapes are looked for
MOVES = 6  # gray levels that a pixel of tissue goes through in a clip; coding alone does less
SHOWS = 14  # gray levels above which a pixel of a still is no background
STATIC = 20  # gray levels that a drawing goes through, of coding
AROUND = 31  # pixels: the side of what counts as the surroundings of one
STANDS_OUT = 20  # gray levels by which a drawing is always above what is around it
VIDEO_BLACK = 16
ABOVE_BLACK = 8  # gray levels
PIECE = 0.04  # of the image: smaller pieces are no part of a sector
SMALLEST = 0.05  # of the image: a smaller sector is none
DARK = 40  # the gray level below which nothing that stands still is tissue
LARGEST = 0.02  # of the sector: what is larger and does not move is tissue
FEWEST = 3  # frames in which motion is looked for
LINEAR = 0.97  # the share of the upper half of its box that the sector of a linear probe fills

STILL = " (still)"  # how a sector is called that was found without motion
NONE = "none"  # and where none was found

Mask = NDArray[np.bool_]
Probe = Literal["convex", "linear"]


@dataclass(frozen=True)
class Extremes:
    """The lowest and the highest gray level of each pixel (h, w) in so many `frames` of a clip."""

    darkest: "Gray"
    brightest: "Gray"
    frames: int


@dataclass(frozen=True)
class Sector:
    """Where the ultrasound is in the frames of a clip.

    `corners` (n, 2) int32: x and y of the corners of a convex shape, in pixels. `drawn` (h, w):
    what is drawn over it. `probe`: convex where it fans out, linear where it is a box. `moved`:
    whether it was found by motion, else by what is not black.
    """

    corners: NDArray[np.int32]
    drawn: Mask
    probe: Probe
    moved: bool

    def __str__(self) -> str:
        return self.probe if self.moved else f"{self.probe}{STILL}"

    def applied(self, frame: "Gray") -> "Gray":
        """The part of a frame (h, w) that holds the sector: black around it, and what is drawn over
        it filled from its surroundings."""
        import cv2

        box, inside = _shape(self.corners)
        drawn = self.drawn[box].astype(np.uint8)
        filled = cv2.inpaint(frame[box].copy(), drawn, 3, cv2.INPAINT_TELEA)
        shown: Gray = filled.astype(np.uint8) * inside
        return shown


def find_sector(clip: Extremes) -> Sector | None:
    """The sector of a clip; None where nothing large enough is seen.

    Where there are less than three frames, or nothing moves, it is what is not black, and nothing
    is known of drawings.
    """
    span = clip.brightest - clip.darkest
    corners = _around(span >= MOVES) if clip.frames >= FEWEST else None
    if corners is not None:
        return Sector(corners, _drawn(clip, corners), _probe(corners), True)
    corners = _around(clip.brightest >= _shows(clip.brightest))
    if corners is None:
        return None
    return Sector(corners, np.zeros(span.shape, np.bool_), _probe(corners), False)


def _shows(still: "Gray") -> float:
    """The gray level from which a pixel of a still is no background, which some programs leave at
    the black of video, 16."""
    black, next_to_it = np.percentile(still, (1, 5))
    even = next_to_it - black <= 2 and black <= VIDEO_BLACK
    return max(SHOWS, float(black) + ABOVE_BLACK if even else 0.0)


def _around(there: Mask) -> NDArray[np.int32] | None:
    """The convex hull (n, 2) of all large pieces of a mask, None where they are too small together.

    Lines and letters are thinner than what is taken away first.
    """
    import cv2

    height, width = there.shape
    scale = min(1.0, SIDE / max(height, width))
    small = max(1, round(width * scale)), max(1, round(height * scale))
    share = cv2.resize(there.astype(np.float32), small, interpolation=cv2.INTER_AREA)
    # A piece of tissue moves in most of its pixels, but not in all.
    solid = (cv2.blur(share, (9, 9)) >= 0.5).astype(np.uint8)
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(solid)
    large = stats[:, cv2.CC_STAT_AREA] >= PIECE * solid.size
    large[0] = False  # all that is not there
    rows, columns = np.nonzero(large[pieces])
    if len(rows) < SMALLEST * solid.size:
        return None
    points = np.stack([columns, rows], axis=1).astype(np.float64)
    # The middles of small pixels, in those of the image.
    points = (points + 0.5) * [width / small[0], height / small[1]] - 0.5
    hull: NDArray[np.int32] = cv2.convexHull(np.rint(points).astype(np.int32))[:, 0]
    return hull


def _drawn(clip: Extremes, corners: NDArray[np.int32]) -> Mask:
    """What stays as it is in all frames, is brighter than its surroundings ever are, and small."""
    import cv2

    span = clip.brightest - clip.darkest
    box, shape = _shape(corners)
    inside = np.zeros(span.shape, np.uint8)
    inside[box] = shape
    around = cv2.medianBlur(clip.brightest, AROUND).astype(np.int16)
    # Where bright tissue stands still, such as the skin, its brightest lines are no drawings.
    moves = cv2.blur((span >= MOVES).astype(np.float32), (AROUND, AROUND)) >= 0.5
    static = (moves | (around < DARK)) & (span <= STATIC) & (clip.darkest - around >= STANDS_OUT)
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(static * inside)
    large = stats[:, cv2.CC_STAT_AREA] > LARGEST * inside.sum()
    large[0] = True  # all that is not drawn
    drawn = (~large[pieces]).astype(np.uint8)
    # The soft edges of letters belong to them.
    wider: Mask = cv2.dilate(drawn, np.ones((3, 3), np.uint8)) > 0
    return wider


def _probe(corners: NDArray[np.int32]) -> Probe:
    _, inside = _shape(corners)
    # The lower corners of a box are often too dark to be seen.
    return "linear" if inside[: (len(inside) + 1) // 2].mean() >= LINEAR else "convex"


def _shape(corners: NDArray[np.int32]) -> tuple[tuple[slice, slice], "Gray"]:
    """The box around a convex shape, as rows and columns of the image, and 1 where the shape is in
    it, else 0."""
    import cv2

    left, top, width, height = cv2.boundingRect(corners)
    inside = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(inside, corners - np.array([left, top], np.int32), 1)
    return np.s_[top : top + height, left : left + width], inside
