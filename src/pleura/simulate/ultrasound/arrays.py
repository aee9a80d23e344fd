"""Array types and smooth random curves."""

from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

Array: TypeAlias = NDArray[np.float32]
Mask: TypeAlias = NDArray[np.bool_]


def wave(rng: Generator, n: int, width: float) -> Array:
    """A random curve (n,) of mean 0 and variance 1, smooth over `width` samples."""
    reach = int(4 * width) + 1
    curve = gaussian_filter1d(rng.standard_normal(n + 2 * reach), width)[reach : reach + n]
    # The variance of white noise after a Gaussian: known, so that short curves keep their level.
    return np.asarray(curve * np.sqrt(2 * width * np.sqrt(np.pi)), np.float32)


def bump(at: Array, centre: float, half: float, sharpness: float = 4) -> Array:
    """1 around `centre`, 1/2 at a distance of `half`, 0 beyond."""
    return np.asarray(2.0 ** -(np.abs((at - centre) / half) ** sharpness), np.float32)
