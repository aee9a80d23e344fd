"""What a pilot at several shares of the labels tells of more labels, and what it does not."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pleura.evaluate.jackknife import LeaveOneOut, t_limits
from pleura.power.pilot import Pair, Pilot

ONE_MORE = 1.0  # doublings beyond the most labels, as far as a line is followed


@dataclass(frozen=True)
class Trend:
    """How the difference of a recipe to the reference goes along with the labels.

    differences: by fraction, ascending. slope: with each doubling of the labels, with its limits
    and the p of none, which carry patients and seeds.
    """

    recipe: str
    differences: dict[float, float]
    slope: float
    low: float
    high: float
    p: float

    @property
    def told(self) -> bool:
        """Whether the difference is shown to change with the labels."""
        return self.low > 0 or self.high < 0

    @property
    def grows(self) -> bool:
        """Whether it gets further from 0 with more labels."""
        return self.slope * [*self.differences.values()][-1] > 0

    def reached_at(self, smallest: float) -> float:
        """The share of the labels, up to twice the most of the pilot, at which the difference is as
        large as the `smallest` that is shown; nan where the line does not tell it."""
        most, last = [*self.differences.items()][-1]
        if not (self.told and self.grows) or not np.isfinite(smallest):
            return float("nan")
        doublings = (smallest - abs(last)) / abs(self.slope)
        least = np.log2(min(self.differences) / most)
        return float(most * 2**doublings) if least <= doublings <= ONE_MORE else float("nan")


def trends(pilot: Pilot, level: float) -> Iterator[Trend]:
    """The trend of every recipe that has several fractions with the same seeds at each, as a line
    in the logarithm of the labels."""
    recipes = dict.fromkeys(pair.recipe for pair in pilot.pairs if pilot.is_recipe(pair.recipe))
    for recipe in recipes:
        its = sorted(
            (pair for pair in pilot.pairs if pair.recipe == recipe), key=lambda each: each.fraction
        )
        if len(its) < 2 or len({pair.seeds for pair in its}) > 1:
            continue
        samples = [pair.one - pair.two for pair in its]
        slope = _slope(its, samples)
        low, high, p = t_limits(slope, level, -np.inf, np.inf)
        sign = -1 if pilot.metric.turned else 1
        ends = sorted((sign * low, sign * high))
        values = {
            pair.fraction: sign * sample.value for pair, sample in zip(its, samples, strict=True)
        }
        yield Trend(recipe, values, sign * slope.value, ends[0], ends[1], p)


def _slope(pairs: list[Pair], samples: list[LeaveOneOut]) -> LeaveOneOut:
    """The slope of the least-squares line, with each patient left out and of each seed."""
    doublings = np.log2([pair.fraction for pair in pairs])
    away = doublings - doublings.mean()
    weights = away / (away**2).sum()
    return LeaveOneOut(
        sum(w * each.seeds for w, each in zip(weights, samples, strict=True)),
        sum(w * each.without for w, each in zip(weights, samples, strict=True)),
    )
