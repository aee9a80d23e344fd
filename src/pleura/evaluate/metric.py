"""What is known of one metric: how it is called, written and found, and how its limits are made."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pleura.evaluate.confusion import Confusion, Counts
from pleura.evaluate.ranking import Floats, Ints, WeightedRanking
from pleura.evaluate.transformations import SHARE, Transformation
from pleura.wording import capital, decimal, interval


@dataclass(frozen=True)
class Metric:
    """One metric of the summary table; `quantity` is what it measures, in running text, in a `unit`
    where it has one.

    transformation: its range, and the axis on which its limits are made. macro: whether there is a
    value a class, and their mean for all. primary: whether a study file may choose it. digits:
    after the point, all over a page, and at least so many, tick_digits, at the ticks of an axis.
    shown_times: what the page multiplies values by, 100 for
    those that it writes in per cent. meaning: what the page's glossary says of it, where the
    template of the task's page does not explain it. biased: whether it is too high or too low where
    few patients bear it, so that its limits are made about the value less that bias. greatest: no
    value is above it, where the transformation has no upper end. turned: whether what is measured
    in its place is 1 less the metric, on whose axis its limits are made.
    """

    name: str
    quantity: str
    transformation: Transformation = SHARE
    higher_is_better: bool = True
    macro: bool = False
    primary: bool = True
    digits: int = 3
    tick_digits: int = 2
    shown_times: float = 1.0
    meaning: str = ""
    biased: bool = False
    unit: str = ""
    greatest: float = np.inf
    turned: bool = False

    @property
    def width(self) -> float:
        """Of its range: no difference is greater."""
        return min(self.transformation.high, self.greatest) - self.transformation.low

    @property
    def label(self) -> str:
        """The name in running text: `AUROC`, `mean absolute error in years`."""
        return f"{self.quantity}{f' in {self.unit}' if self.unit else ''}"

    @property
    def sign(self) -> int:
        """1 where a greater value is better, -1 where a smaller one is."""
        return 1 if self.higher_is_better else -1

    @property
    def bounded(self) -> bool:
        """Whether a value on the page is never above 1, so that it is written without a 0."""
        return self.transformation.high * self.shown_times <= 1

    @property
    def title(self) -> str:
        """The name that heads a panel."""
        return f"Macro {self.label}" if self.macro else capital(self.label)

    def decimal(self, value: float, *, sign: bool = False) -> str:
        """A value or a difference of two as text; see `pleura.wording.decimal`."""
        return decimal(value, self.digits, bounded=self.bounded, sign=sign)

    def with_unit(self, value: float, *, sign: bool = False) -> str:
        """A value or a difference of two with its unit: `.932`, `2.0 years`."""
        return f"{self.decimal(value, sign=sign)} {self.unit}".rstrip()

    def amount(self, value: float) -> str:
        """So much of the metric: `.120 AUROC`, `2.0 years in mean absolute error`."""
        return f"{self.with_unit(value)}{' in' * bool(self.unit)} {self.quantity}"

    def interval(self, low: float, high: float) -> str:
        """The limits of a value or of a difference as text; see `pleura.wording.interval`."""
        return interval(low, high, self.digits, bounded=self.bounded)


@dataclass(frozen=True)
class MeanOfImages:
    """A mean over images of what each adds: from labels and probabilities (n, k). It is (n,), and
    for a macro metric, of findings, (n, k)."""

    of: Callable[[Ints, Floats], Floats]


@dataclass(frozen=True)
class OfClasses:
    """Made of predicted classes alone, of which an image has one: (b,)."""

    of: Callable[[Confusion], Floats]


@dataclass(frozen=True)
class OfCounts:
    """Made of how many images of each class are called so, whatever the others are called: (k, b).
    The metric is macro."""

    of: Callable[[Counts], Floats]


Split = Callable[[Ints, Floats], tuple[NDArray[np.bool_], Floats]]
"""Which images count as positive for each class, (n, k), and the scores (n, k) that should tell
them, by labels (n,) and probabilities (n, k)."""


def against_the_rest(labels: Ints, probabilities: Floats) -> tuple[NDArray[np.bool_], Floats]:
    """Each class against all others, by its probability; see `Split`."""
    return labels[:, None] == np.arange(probabilities.shape[1]), probabilities


@dataclass(frozen=True)
class OfRanking:
    """Made of the order of the images by one score a class: (b,). The metric is macro.

    split: what is told apart, by which score, where an image has one class. A class without a
    positive image is left out.
    """

    of: Callable[[WeightedRanking], Floats]
    split: Split = against_the_rest


@dataclass(frozen=True, kw_only=True)
class ClassificationMetric(Metric):
    """A metric of a table of predictions.

    needs: what it is made of, and how. borne_by: the patients that it rests on, "all" of them, or
    those "of the class", "of the rest", or of the scarcer of these two ("either"). Over all classes
    that is the scarcest class, unless it is "all". greatest_of: its `greatest` with so many
    classes, where that hangs on them.
    """

    needs: MeanOfImages | OfClasses | OfCounts | OfRanking
    borne_by: Literal["all", "of the class", "of the rest", "either"] = "of the class"
    greatest_of: Callable[[int], float] | None = None

    def of_classes(self, k: int) -> "ClassificationMetric":
        """The metric as it is with k classes."""
        return replace(self, greatest=self.greatest_of(k)) if self.greatest_of else self

    @property
    def overall(self) -> tuple[str, str]:
        """The key of its value over all classes among those of `evaluate`."""
        return self.name, "macro" if self.macro else "all"
