"""The directions in which images get brighter, which tell how an image lies.

A histogram of oriented gradients (Dalal and Triggs, 2005), without its overlapping blocks.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

DIRECTIONS = 8  # of 45 degrees; number 0 gets brighter to the right, number 2 downwards
CELLS = 8  # an image is divided into CELLS x CELLS squares
READ = 32  # images at a time, few enough for the cache of a processor

Gradients = NDArray[np.float32]


def gradients_of(images: NDArray[np.uint8]) -> Gradients:
    """(n, DIRECTIONS, CELLS, CELLS): how much each square of (n, side, side) gets brighter in each
    direction, relative to the whole image and as a square root, so that few strong edges, such as
    those of letters, do not outshine the rest. A flat image gives zeros."""
    count, side, _ = images.shape
    histograms = np.zeros((count, DIRECTIONS, CELLS, CELLS), np.float32)
    for start in range(0, count, READ):
        block = images[start : start + READ].astype(np.float32)
        edged = np.pad(block, ((0, 0), (1, 1), (1, 1)), mode="edge")
        down = edged[:, 2:, 1:-1] - edged[:, :-2, 1:-1]
        across = edged[:, 1:-1, 2:] - edged[:, 1:-1, :-2]
        steepness = np.hypot(across, down)
        direction = np.arctan2(down, across) * np.float32(DIRECTIONS / (2 * np.pi))
        for number in range(DIRECTIONS):
            # A gradient between two directions counts for both, in proportion to its nearness.
            apart = direction - number + DIRECTIONS / 2
            apart += DIRECTIONS * ((apart < 0) - (apart >= DIRECTIONS).astype(np.float32))
            apart -= DIRECTIONS / 2
            weight = steepness * np.maximum(1 - np.abs(apart), 0)
            cells = weight.reshape(len(block), CELLS, side // CELLS, CELLS, side // CELLS)
            histograms[start : start + len(block), number] = cells.mean(axis=(2, 4))
    strength = np.sqrt((histograms**2).sum(axis=1).mean(axis=(1, 2)))[:, None, None, None]
    relative: Gradients = np.sqrt(histograms / np.maximum(strength, 1e-3))
    return relative


def unit(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """(n, d) the vectors (n, ...) of unit length; zeros where they are zero."""
    flat = vectors.reshape(len(vectors), -1)
    norms = np.linalg.norm(flat, axis=1, keepdims=True)
    of_length: NDArray[np.float32] = (flat / np.maximum(norms, 1e-6)).astype(np.float32)
    return of_length


def inverted(gradients: Gradients) -> Gradients:
    """The gradients of the images with black and white exchanged."""
    return np.roll(gradients, DIRECTIONS // 2, axis=1)


def upside_down(gradients: Gradients) -> Gradients:
    """The gradients of the images mirrored upside down."""
    return gradients[:, -np.arange(DIRECTIONS), ::-1]


def mirrored(gradients: Gradients) -> Gradients:
    """The gradients of the images mirrored left to right."""
    return gradients[:, (DIRECTIONS // 2 - np.arange(DIRECTIONS)) % DIRECTIONS, :, ::-1]


def turned(gradients: Gradients) -> Gradients:
    """The gradients of the images turned by a quarter, as `np.rot90` turns them."""
    return np.rot90(np.roll(gradients, -DIRECTIONS // 4, axis=1), axes=(2, 3))
