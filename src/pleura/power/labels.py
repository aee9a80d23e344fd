"""How the difference between recipes changes with labels, from a pilot at several fractions."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pleura.evaluate.jackknife import LeaveOneOut, t_limits
from pleura.power.pilot import Pair, Pilot

ONE_MORE = 1.0  # doublings beyond the most labels, as far as a line is followed


@dataclass(frozen=True)
class Trend:
    """How the difference between a recipe and the reference changes with the labels.

    differences: by fraction of the labels, ascending. slope: change of the difference with each
    doubling of the labels; `low` and `high` are its limits and `p` tests a slope of 0, all three
    over patients and seeds.
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
    def line(self) -> tuple[float, float]:
        """The middle of the line: the logarithm to base 2 of a fraction, and the difference."""
        doublings = np.log2([*self.differences])
        return float(doublings.mean()), float(np.mean([*self.differences.values()]))

    @property
    def grows(self) -> bool:
        """Whether the line gets further from 0 with more labels."""
        middle, difference = self.line
        return self.slope * (difference + self.slope * (self._most - middle)) > 0

    @property
    def _most(self) -> float:
        return float(np.log2(max(self.differences)))

    def reached_at(self, smallest: float) -> tuple[float, float, float]:
        """The share of all labels at which the line is as large as the `smallest` difference that
        is shown, and the least and the greatest that the limits of the slope leave: inf for one
        beyond twice the most of the pilot. All are nan where the line does not tell it, from the
        fewest labels to twice the most."""
        none = float("nan"), float("nan"), float("nan")
        if not (self.told and self.grows) or not np.isfinite(smallest):
            return none
        middle, difference = self.line
        away = np.copysign(smallest, self.slope) - difference
        least, most = float(np.log2(min(self.differences))), self._most + ONE_MORE
        at = middle + away / self.slope
        if not least <= at <= most:
            return none
        ends = sorted(middle + away / slope for slope in (self.low, self.high))
        upper = float("inf") if ends[1] > most else float(2 ** ends[1])
        return float(2**at), float(2 ** max(least, ends[0])), upper


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


def left_out(pilot: Pilot) -> tuple[str, ...]:
    """Recipes with several fractions, of which no trend is told, since the seeds of them differ."""
    seeds: dict[str, list[tuple[int, ...]]] = {}
    for pair in pilot.pairs:
        if pilot.is_recipe(pair.recipe):
            seeds.setdefault(pair.recipe, []).append(pair.seeds)
    return tuple(recipe for recipe, its in seeds.items() if len(set(its)) > 1)


def _slope(pairs: list[Pair], samples: list[LeaveOneOut]) -> LeaveOneOut:
    """The slope of the least-squares line, with each patient left out and of each seed."""
    doublings = np.log2([pair.fraction for pair in pairs])
    away = doublings - doublings.mean()
    weights = away / (away**2).sum()
    return LeaveOneOut(
        sum(w * each.seeds for w, each in zip(weights, samples, strict=True)),
        sum(w * each.without for w, each in zip(weights, samples, strict=True)),
    )
