"""Reducing images by averaging."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@lru_cache(maxsize=256)
def areas(size: int, side: int) -> NDArray[np.float32]:
    """A matrix (side, size) whose rows average equal stretches of `size` pixels; pixels that lie in
    two stretches count in part. It is shared: do not write to it."""
    edges = np.linspace(0, size, side + 1)
    pixels = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return (overlap.clip(min=0) * side / size).astype(np.float32)
