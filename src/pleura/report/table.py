"""The one kind of table that the page knows how to draw, sort and print."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pleura.report.looks import Look


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


@dataclass(frozen=True)
class Column:
    """`detail` is a second, smaller line of the heading, such as a unit."""

    title: str
    detail: str = ""
    number: bool = True


@dataclass(frozen=True)
class Table:
    """`title` is the caption. The first cell of a row is its heading."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    sortable: bool = True


def recipe_cell(name: str, look: Look, reference: str) -> Cell:
    """A recipe's name with its mark; the reference and the model that is handed over are told apart
    in words too."""
    of_kind = f"handed over: {look.told}" if look.kind == "delivered" else ""
    return Cell(name, "the reference" if name == reference else of_kind, look=look)


def pairs(title: str, values: Mapping[str, str], names: tuple[str, str]) -> Table:
    """A table of two columns of text, called `names`."""
    return Table(
        title,
        [Column(names[0], number=False), Column(names[1], number=False)],
        [[Cell(key), Cell(value)] for key, value in values.items()],
        sortable=False,
    )
