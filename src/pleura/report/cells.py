"""What tables write into their cells: recipes, values with intervals, means, numbers with units."""

import pandas as pd

from pleura.report import numbers
from pleura.report.findings import TOO_WIDE, Comparison, Estimate, Findings, written
from pleura.report.numbers import METRICS, MISSING, Metric
from pleura.report.table import NAN, NOTHING_KNOWN, Cell


def recipe(name: str, findings: Findings) -> Cell:
    """A recipe's name with its mark; the reference and the model that is handed over are told apart
    in words too."""
    look = findings.looks[name]
    of_kind = f"handed over: {look.training}" if look.handed_over else ""
    return Cell(name, "the reference" if name == findings.reference else of_kind, look=look)


def estimate(
    of: Estimate,
    metric: Metric = METRICS["auroc"],
    *,
    sign: bool = False,
    line: float | None = None,
    tone: str = "",
) -> Cell:
    """A value with its interval beneath, as they are `written`; sorted last where the interval says
    nothing."""
    value, interval = written(of, metric, sign=sign, line=line)
    informative = interval != TOO_WIDE
    order, tone = (of.value, tone) if informative else (NAN, "")
    return Cell(value, interval, order=order, tone=tone)


def difference(
    of: Comparison | None, metric: Metric, findings: Findings, *, neutral: bool = False
) -> list[Cell]:
    """A paired difference and its p after Holm's correction, green or red where that p shows it
    unless it is to stay `neutral`; two empty cells without a comparison."""
    if of is None:
        return [NOTHING_KNOWN] * 2
    tone = "good" if (of.difference.value > 0) == metric.higher_is_better else "bad"
    shown = of.p_holm < 1 - findings.level and not neutral
    return [estimate(of.difference, metric, sign=True, tone=tone if shown else ""), p(of.p_holm)]


def p(value: float) -> Cell:
    """A p value."""
    return Cell(numbers.p_value(value), order=value)


def fraction(of_labels: float) -> Cell:
    """A share of the labels."""
    return Cell(numbers.percent(of_labels), order=of_labels)


def mean(
    values: "pd.Series[float]",
    digits: int = 3,
    *,
    bounded: bool = True,
    detail: str = "",
    tone: str = "",
) -> Cell:
    """The mean of the values that are known; beneath stand `detail` and, of several, the range."""
    finite = values.dropna().astype(float)
    if finite.empty:
        return Cell(MISSING, detail, order=NAN)
    ends = numbers.interval(finite.min(), finite.max(), digits, bounded=bounded)
    beneath = ", ".join([*[detail] * bool(detail), *[ends] * (len(finite) > 1)])
    middle = float(finite.mean())
    return Cell(numbers.decimal(middle, digits, bounded=bounded), beneath, middle, tone=tone)


def span(values: "pd.Series[float]", detail: str = "", tone: str = "") -> Cell:
    """The smallest and the greatest of whole numbers; the column is sorted by their mean."""
    ends = numbers.span(values.min(), values.max())
    return Cell(ends, detail, order=float(values.mean()), tone=tone)


def threshold(of: Estimate) -> Cell:
    """A probability that trainings chose as a threshold, with its range where they differ."""
    ends = numbers.interval(of.low, of.high) if of.low < of.high else ""
    return Cell(numbers.decimal(of.value), ends, order=of.value)


def ends(of: Estimate) -> Cell:
    """The smallest and the greatest of counts."""
    return Cell(numbers.span(of.low, of.high), order=of.value)


def decimal(value: float, detail: str = "", *, sign: bool = False) -> Cell:
    """A number up to 1, such as an AUROC."""
    return Cell(numbers.decimal(value, sign=sign), detail, order=value)


def size(value: float, detail: str = "") -> Cell:
    """A count with its order of magnitude, such as that of parameters."""
    return Cell(numbers.magnitude(value), detail, order=value)


def time(seconds: float, detail: str = "") -> Cell:
    """A duration."""
    return Cell(numbers.duration(seconds), detail, order=seconds)
