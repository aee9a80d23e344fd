"""The one kind of table that the page knows how to draw, sort and print."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pleura.report.findings import Estimate, Findings
from pleura.report.looks import Look
from pleura.report.numbers import METRICS, MISSING, Metric, decimal, duration, magnitude

NAN = float("nan")


@dataclass(frozen=True)
class Cell:
    """`text` with a smaller `detail` under it. `order` sorts the column; none sorts by the text."""

    text: str
    detail: str = ""
    order: float | None = None
    look: Look | None = None
    tone: str = ""

    @property
    def sort_key(self) -> str:
        """What the page sorts by; empty sorts last."""
        if self.order is None:
            return self.text
        return f"{self.order:.9g}" if math.isfinite(self.order) else ""


NOTHING_KNOWN = Cell(MISSING, order=NAN)


@dataclass(frozen=True)
class Column:
    """`detail` is a second, smaller line of the heading, such as a unit; `number`: set as numbers,
    which is so where cells have an order."""

    title: str
    detail: str = ""
    number: bool | None = None


@dataclass(frozen=True)
class Table:
    """`title` is the caption. The first cell of a row is its heading."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    sortable: bool = True
    LONG: ClassVar[int] = 20  # rows; longer tables are folded away
    MANY: ClassVar[int] = 12  # columns; of more the page sets each closer

    def is_number(self, at: int) -> bool:
        """Whether the column `at` is set as numbers."""
        said = self.columns[at].number
        return any(row[at].order is not None for row in self.rows) if said is None else said


def headings(line: str) -> list[Column]:
    """Columns as `Recipe | AUROC / macro | ...` names them: a stroke parts a heading from its
    smaller second line. Not for names that users give."""
    parts = (each.strip().partition(" / ") for each in line.split("|"))
    return [Column(title, detail) for title, _, detail in parts]


def table_of(title: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> Table | None:
    """The table; None where it has no rows."""
    return Table(title, columns, rows) if rows else None


def pairs(title: str, values: Mapping[str, str], names: tuple[str, str]) -> Table:
    """A table of two columns of text, called `names`."""
    rows = [[Cell(key), Cell(value)] for key, value in values.items()]
    return Table(title, [Column(name) for name in names], rows, sortable=False)


def recipe_cell(name: str, findings: Findings) -> Cell:
    """A recipe's name with its mark; the reference and the model that is handed over are told apart
    in words too."""
    look = findings.looks[name]
    of_kind = f"handed over: {look.training}" if look.kind == "delivered" else ""
    return Cell(name, "the reference" if name == findings.reference else of_kind, look=look)


def measured(estimate: Estimate, metric: str = "auroc") -> Cell:
    """A value of one of the `METRICS` with its interval beneath."""
    return estimate_cell(estimate, METRICS[metric])


def estimate_cell(
    estimate: Estimate, metric: Metric = METRICS["auroc"], *, sign: bool = False, tone: str = ""
) -> Cell:
    """A value with its interval beneath, as `metric` is written."""
    return Cell(
        metric.decimal(estimate.value, sign=sign),
        metric.interval(estimate.low, estimate.high),
        order=estimate.value,
        tone=tone,
    )


def decimal_cell(value: float, detail: str = "", *, sign: bool = False) -> Cell:
    """A number up to 1, such as an AUROC."""
    return Cell(decimal(value, sign=sign), detail, order=value)


def size_cell(value: float, detail: str = "") -> Cell:
    """A count with its order of magnitude, such as that of parameters."""
    return Cell(magnitude(value), detail, order=value)


def time_cell(seconds: float, detail: str = "") -> Cell:
    """A duration."""
    return Cell(duration(seconds), detail, order=seconds)
