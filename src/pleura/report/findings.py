"""What a study asks, and what it found: summary and comparisons in the order of the page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from pleura.averages import is_average
from pleura.report.looks import Look
from pleura.report.nouns import CLASS, Noun
from pleura.report.numbers import METRICS, MISSING, Metric

MACRO = "macro"
WHOLE = (MACRO, "all")
GUESSING = 0.5  # AUROC
SAYS_NOTHING = 0.8  # width of an interval, as a share of its metric's range, from which on
TOO_WIDE = "interval too wide"  # what tables write then in the place of value and interval
UNTOLD = "too few patients or seeds to tell"  # what sentences say then, and figures in short
UNTOLD_IN_SHORT = "too few to tell"


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its interval."""

    value: float
    low: float
    high: float

    def scaled(self, metric: Metric) -> "Estimate":
        """As the page writes values of a metric."""
        times = metric.shown_times
        return Estimate(times * self.value, times * self.low, times * self.high)


NOTHING = Estimate(float("nan"), float("nan"), float("nan"))
Estimates = dict[Any, Estimate]


def estimates(table: pd.DataFrame, *columns: str) -> Estimates:
    """The `value` or `difference` of each row with its limits, by what it has in `columns`."""
    value = "value" if "value" in table else "difference"
    rows = table[[*columns, value, "low", "high"]].itertuples(index=False, name=None)
    return {row[:-3]: Estimate(*row[-3:]) for row in rows}


def says_nothing(
    of: Estimate, metric: Metric = METRICS["auroc"], line: float | None = None
) -> bool:
    """Whether an interval leaves nearly everything open, so that the page writes neither it nor its
    value: it is at least four fifths of the metric's range wide.

    line: what the value is held against, such as 0 for a difference; an interval wholly on one side
    of it says that much, however wide it is.
    """
    least = SAYS_NOTHING * metric.width * metric.shown_times
    if line is not None and not of.low <= line <= of.high:
        return False
    return least <= of.high - of.low < np.inf


def written(
    of: Estimate,
    metric: Metric = METRICS["auroc"],
    *,
    sign: bool = False,
    line: float | None = None,
    unit: bool = False,
) -> tuple[str, str]:
    """A value and its interval as `metric` is written, the value with its `unit` where that is
    wanted: `.932` and `.915 to .946`; or `–` and "interval too wide" where it `says_nothing`.

    `sign` is that of a difference, which is held against 0 where no `line` is given.
    """
    if says_nothing(of, metric, 0.0 if sign and line is None else line):
        return MISSING, TOO_WIDE
    value = metric.with_unit if unit else metric.decimal
    return value(of.value, sign=sign), metric.interval(of.low, of.high)


def in_words(
    estimate: Estimate,
    metric: Metric = METRICS["auroc"],
    *,
    sign: bool = False,
    line: float | None = None,
) -> str:
    """`.932 (.915 to .946)`: a value and its interval as they are `written`; or in words that too
    little was tested."""
    value, ends = written(estimate, metric, sign=sign, line=line)
    return f"{value} ({ends})" if ends != TOO_WIDE else f"unknown ({UNTOLD})"


def with_quantity(estimate: Estimate, metric: Metric) -> str:
    """`AUROC .932 (.915 to .946)`, `mean absolute error 2.0 years (1.5 to 2.5)`; or in words that
    too little was tested."""
    value, ends = written(estimate, metric, unit=True)
    told = f"{value} ({ends})" if ends != TOO_WIDE else f"unknown ({UNTOLD})"
    return f"{metric.quantity} {told}"


def difference_told(difference: Estimate, metric: Metric) -> str:
    """`difference in AUROC +.002, −.004 to .008`, for brackets; or in words that too little was
    tested."""
    value, ends = written(difference, metric, sign=True, unit=True)
    if ends == TOO_WIDE:
        return f"{UNTOLD} the difference in {metric.quantity}"
    return f"difference in {metric.quantity} {value}, {ends}"


@dataclass(frozen=True)
class Comparison:
    """One recipe against the reference at one fraction; `difference` is recipe minus reference,
    `detectable` the smallest that four of five such studies would have shown; nan where there is
    none."""

    recipe: str
    difference: Estimate
    p: float
    p_holm: float
    verdict: str
    detectable: float = float("nan")


def comparisons(table: pd.DataFrame, *columns: str) -> dict[Any, Comparison]:
    """The comparison in each row of a table of them, by what it has in `columns`; the verdict is
    empty where the table has none, and what could have been shown unknown."""
    numbers = ["recipe", "difference", "low", "high", "p", "p_holm", "verdict", "detectable"]
    filled = table if "verdict" in table else table.assign(verdict="")
    filled = filled if "detectable" in table else filled.assign(detectable=float("nan"))
    rows = filled[[*columns, *numbers]].itertuples(index=False, name=None)
    return {row[:-8]: Comparison(row[-8], Estimate(*row[-7:-4]), *row[-4:]) for row in rows}


UNDECIDED = "no difference shown"  # a verdict


def could_show(compared: Iterable[Comparison], metric: Metric) -> str:
    """`.031 AUROC`, `.031 to .045 AUROC (by recipe)`: from which difference on those comparisons
    without a difference would have shown one; empty where that is not known of any."""
    every = [each.detectable for each in compared if each.verdict == UNDECIDED]
    known = [value for value in every if np.isfinite(value)]
    if not known:
        return ""
    least, most = metric.decimal(min(known)), metric.decimal(max(known))
    if least == most:
        return metric.amount(max(known))
    return f"{least} to {metric.amount(max(known))} (by recipe)"


@dataclass(frozen=True)
class Findings:
    """`summary` and `comparisons` are the tables of `evaluate`; `looks` holds every recipe and
    baseline in the order in which the report shows them; `fractions` ascend. `against_pixels` is a
    table of comparisons, too: each recipe with the baseline that is best at its fraction. `noun` is
    what the `classes` are called."""

    summary: pd.DataFrame
    comparisons: pd.DataFrame
    looks: dict[str, Look]
    reference: str
    metric: Metric
    margin: float
    level: float
    fractions: tuple[float, ...]
    classes: tuple[str, ...]
    noun: Noun = CLASS
    against_pixels: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def patients(self) -> int:
        """Patients in the test part."""
        return int(self.summary["patients"].max())

    @property
    def images(self) -> int:
        """Images in the test part."""
        return int(self.summary["images"].max())

    @property
    def seeds(self) -> int:
        """Seeds, at the fraction with most of them."""
        return int(self.summary["seeds"].max())

    @property
    def recipes(self) -> tuple[str, ...]:
        """Names of all that is no baseline, the reference among them."""
        looks = self.looks.items()
        return tuple(name for name, look in looks if not (look.baseline or look.handed_over))

    @property
    def averages(self) -> tuple[str, ...]:
        """Names of those that trained nothing: averages of what recipes predict."""
        return tuple(name for name in self.recipes if is_average(name))

    @property
    def baselines(self) -> tuple[str, ...]:
        """Names of the pixel baselines."""
        return tuple(name for name, look in self.looks.items() if look.baseline)

    @cached_property
    def _estimates(self) -> Estimates:
        of = self.summary["class"]
        table = self.summary.assign(**{"class": of.mask(of.isin(WHOLE), "")})
        return estimates(table, "recipe", "fraction", "metric", "class")

    def estimate(self, recipe: str, fraction: float, metric: str, of: str = "") -> Estimate:
        """The value of `metric` over all classes, or of the class `of`; nan where there is none."""
        return self._estimates.get((recipe, fraction, metric, of), NOTHING)

    def primary(self, recipe: str, fraction: float) -> Estimate:
        """The value of the primary metric over all classes."""
        return self.estimate(recipe, fraction, self.metric.name)

    def merit(self, recipe: str, fraction: float) -> float:
        """The primary metric, turned so that more is better; minus infinity where there is none."""
        merit = self.metric.sign * self.primary(recipe, fraction).value
        return -np.inf if np.isnan(merit) else merit

    def has(self, recipe: str, fraction: float) -> bool:
        """Whether the primary metric of `recipe` is known at `fraction`."""
        return bool(np.isfinite(self.merit(recipe, fraction)))

    def by_recipe(self, table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
        """Recipes and baselines that a table has rows of, with these, in the order of `looks`."""
        for name in self.looks:
            rows = table[table["recipe"] == name]
            if not rows.empty:
                yield name, rows

    def at(self, fraction: float) -> dict[str, Look]:
        """The looks; of the model handed over only at the fraction it was trained with."""
        return {
            name: look
            for name, look in self.looks.items()
            if not look.handed_over or self.has(name, fraction)
        }

    def best_recipe(self, fraction: float) -> str | None:
        """The recipe with the best primary metric at `fraction`; None where there is none."""
        return self._best(self.recipes, fraction)

    def best_baseline(self, fraction: float) -> str | None:
        """The pixel baseline with the best primary metric at `fraction`; None without any."""
        return self._best(self.baselines, fraction)

    def _best(self, names: tuple[str, ...], fraction: float) -> str | None:
        there = (name for name in names if self.has(name, fraction))
        return max(there, key=lambda name: self.merit(name, fraction), default=None)

    @cached_property
    def _leads(self) -> Estimates:
        columns = ["recipe", "fraction", "difference", "low", "high"]
        return estimates(self.against_pixels.reindex(columns=columns), "recipe", "fraction")

    def lead(self, recipe: str, fraction: float) -> Estimate:
        """The paired difference, recipe minus the best pixel baseline; nan where there is none."""
        return self._leads.get((recipe, fraction), NOTHING)

    def shown_better(self, difference: Estimate) -> bool:
        """Whether the interval of a difference lies wholly on the better side of zero."""
        return difference.low > 0 if self.metric.higher_is_better else difference.high < 0

    def shown_worse(self, difference: Estimate) -> bool:
        """Whether the interval of a difference lies wholly on the worse side of zero."""
        return difference.high < 0 if self.metric.higher_is_better else difference.low > 0

    @cached_property
    def _compared(self) -> dict[Any, Comparison]:
        return comparisons(self.comparisons, "fraction", "recipe")

    def compared(self, fraction: float) -> list[Comparison]:
        """The comparisons with the reference at `fraction`, in the order of `looks`."""
        every = (self._compared.get((fraction, recipe)) for recipe in self.looks)
        return [comparison for comparison in every if comparison]
