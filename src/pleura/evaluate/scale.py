"""The scales on which metrics are compared, so that their spread hangs less on their value."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pleura.evaluate.jackknife import LeaveOneOut
from pleura.evaluate.ranking import Floats

HIGHEST = {"brier": 2.0}  # of a metric that is no share of 1
UNBOUNDED = frozenset({"hd95", "surface_distance", "components"})  # from 0 upwards


@dataclass(frozen=True)
class Scale:
    """A monotone function of a metric with its slope and its inverse, on arrays."""

    there: Callable[[ArrayLike], Floats]
    slope: Callable[[float], float]
    back: Callable[[ArrayLike], Floats]

    def of(self, sample: LeaveOneOut) -> LeaveOneOut:
        """`sample` on this scale: its value, the mean over seeds, exactly; seeds by the slope."""
        value, mean = sample.value, sample.without.mean(axis=0)
        slope = self.slope(value)
        return LeaveOneOut(
            self.there(value) + slope * (sample.seeds - value),
            self.there(mean) + slope * (sample.without - mean),
        )

    def difference(self, value: float, other: float, amounts: ArrayLike) -> Floats:
        """`amounts` on this scale as plain differences about the middle of two values.

        The amount there(value) - there(other) gives value - other; 0 gives 0.
        """
        middle = (self.there(value) + self.there(other)) / 2
        half = np.asarray(amounts, dtype=np.float64) / 2
        return self.back(middle + half) - self.back(middle - half)


def scale_of(metric: str) -> Scale:
    """The arcsine of the root for metrics with a lowest and a highest value (Freeman and Tukey
    1950), the root for those with a lowest one only, the logarithm for the log loss."""
    if metric == "log_loss":
        return Scale(
            lambda x: np.log(np.asarray(x)), lambda x: 1 / x, lambda y: np.exp(np.asarray(y))
        )
    if metric in UNBOUNDED:
        return Scale(
            lambda x: np.sqrt(np.asarray(x)),
            lambda x: 0.5 / np.sqrt(x) if x > 0 else 0.0,
            lambda y: np.maximum(0, np.asarray(y)) ** 2,
        )
    top = HIGHEST.get(metric, 1.0)

    def there(x: ArrayLike) -> Floats:
        return np.asarray(np.arcsin(np.sqrt(np.clip(np.asarray(x) / top, 0, 1))))

    def slope(x: float) -> float:
        # At either end no seed can differ from the mean, so that any slope will do.
        return 0.5 / np.sqrt(x * (top - x)) if 0 < x < top else 0.0

    def back(y: ArrayLike) -> Floats:
        return np.asarray(top * np.sin(np.clip(np.asarray(y), 0, np.pi / 2)) ** 2)

    return Scale(there, slope, back)
