"""The transformations of metrics under which their limits are made.

On the transformed axis the spread of a metric hangs less on its value, and limits that are taken
back lie within the metric's range.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pleura.evaluate.ranking import Floats


@dataclass(frozen=True)
class Transformation:
    """A monotone function of a metric that lies between `low` and `high`, which may be infinite.

    `forward` and `inverse` work on arrays, `slope` is the derivative of `forward` at one value.
    """

    low: float
    high: float
    forward: Callable[[ArrayLike], Floats]
    slope: Callable[[float], float]
    inverse: Callable[[ArrayLike], Floats]

    @property
    def width(self) -> float:
        """Of the range."""
        return self.high - self.low

    def difference(self, value: float, other: float, amounts: ArrayLike) -> Floats:
        """Differences on the transformed axis as differences of the metric.

        Both are taken to lie about the middle of forward(value) and forward(other), so that
        the amount forward(value) - forward(other) gives value - other, and 0 gives 0.
        """
        middle = (self.forward(value) + self.forward(other)) / 2
        half = np.asarray(amounts, dtype=np.float64) / 2
        return self.inverse(middle + half) - self.inverse(middle - half)


def arcsine(low: float, high: float) -> Transformation:
    """The arcsine of the root of a metric's share of its range (Freeman and Tukey 1950)."""

    def forward(x: ArrayLike) -> Floats:
        share = (np.asarray(x) - low) / (high - low)
        return np.asarray(np.arcsin(np.sqrt(np.clip(share, 0, 1))))

    def slope(x: float) -> float:
        # At either end no seed can differ from the mean, so that any slope will do.
        return 0.5 / np.sqrt((x - low) * (high - x)) if low < x < high else 0.0

    def inverse(y: ArrayLike) -> Floats:
        share = np.sin(np.clip(np.asarray(y), 0, np.pi / 2)) ** 2
        return np.asarray(low + (high - low) * share)

    return Transformation(low, high, forward, slope, inverse)


SHARE = arcsine(0.0, 1.0)
CORRELATION = arcsine(-1.0, 1.0)
ROOT = Transformation(
    0.0,
    np.inf,
    lambda x: np.sqrt(np.asarray(x)),
    lambda x: 0.5 / np.sqrt(x) if x > 0 else 0.0,
    lambda y: np.maximum(0, np.asarray(y)) ** 2,
)
"""Of distances and counts, which may be 0."""
LOG = Transformation(
    0.0,
    np.inf,
    lambda x: np.log(np.asarray(x)),
    lambda x: 1 / x,
    lambda y: np.exp(np.asarray(y)),
)
"""Of metrics above 0."""
