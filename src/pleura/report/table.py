"""The one kind of table that the page knows how to draw, sort and print."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pleura.report.looks import Look
from pleura.report.numbers import MISSING

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
Rows = Sequence[Sequence[Cell]]


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
    rows: Rows
    sortable: bool = True
    LONG: ClassVar[int] = 20  # rows; longer tables are folded away
    MANY: ClassVar[int] = 12  # columns; of more the page sets each closer

    @classmethod
    def of(cls, title: str, rows: Rows, *columns: str | Column) -> "Table":
        """A table under the `headings` of its columns."""
        return cls(title, headings(*columns), rows)

    def is_number(self, at: int) -> bool:
        """Whether the column `at` is set as numbers."""
        said = self.columns[at].number
        return any(row[at].order is not None for row in self.rows) if said is None else said


def headings(*parts: str | Column) -> list[Column]:
    """Columns, and those that a line such as `Recipe | AUROC / macro | ...` names: a stroke parts a
    heading from its smaller second line. Lines are not for names that users give."""
    columns: list[Column] = []
    for part in parts:
        if isinstance(part, Column):
            columns.append(part)
        else:
            names = (name.strip().partition(" / ") for name in part.split("|"))
            columns += [Column(title, detail) for title, _, detail in names]
    return columns


def table_of(title: str, rows: Rows, *columns: str | Column) -> Table | None:
    """The table under the `headings` of its columns; None where it has no rows."""
    return Table.of(title, rows, *columns) if rows else None


def pairs(title: str, values: Mapping[str, str], names: tuple[str, str]) -> Table:
    """A table of two columns of text, called `names`."""
    rows = [[Cell(key), Cell(value)] for key, value in values.items()]
    return Table(title, headings(*names), rows, sortable=False)
