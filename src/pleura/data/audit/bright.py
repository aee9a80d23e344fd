"""Bright things in an image that are narrower than what is around them, such as letters."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class BrightThings:
    """The k bright things of an image (h, w), in the order of their first pixels, row by row.

    `numbers` (h, w) say which thing a pixel belongs to, from 1 on, 0 of none; things that touch at
    a corner are one. `boxes`: (k, 4) left, top, right and bottom, pixels. `areas`: (k,) pixels.
    """

    numbers: NDArray[np.int32]
    boxes: NDArray[np.int64]
    areas: NDArray[np.int64]

    @property
    def sides(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(k,) the heights and the widths of the boxes."""
        left, top, right, bottom = self.boxes.T
        return bottom - top, right - left


def bright_things(gray: NDArray[np.uint8], stroke: int, contrast: int) -> BrightThings:
    """What is more than `contrast` gray levels brighter than the image (h, w) is without anything
    narrower than `stroke` pixels, an odd number: than its opening by a square."""
    import cv2  # some times faster than SciPy, which gives the same

    square = np.ones((stroke, stroke), np.uint8)
    wide = cv2.dilate(cv2.erode(gray, square), square)
    stands_out = (cv2.subtract(gray, wide) > contrast).view(np.uint8)
    # Of its algorithms this one numbers things in the order of their first pixels.
    _, numbers, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(
        stands_out, connectivity=8, ltype=cv2.CV_32S, ccltype=cv2.CCL_WU
    )
    left, top, width, height, areas = stats[1:].T.astype(np.int64)
    boxes = np.stack((left, top, left + width, top + height), axis=1)
    return BrightThings(np.asarray(numbers), boxes, areas)
