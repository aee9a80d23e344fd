"""Writes the rows of a source as the table of a study."""

import csv
import io
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pleura.data.sources.source import Row
from pleura.data.written import write_table
from pleura.errors import InputError
from pleura.wording import count

TABLE = "images.csv"
PATHS = ("image", "mask")
LEFT_OUT = "left_out"  # of a row that is not written: why, in words
MEMBER = "::"


@dataclass(frozen=True)
class Listed:
    """The table of a source: where it is, its rows as they were written, how many images stand in
    the source's own tables but are not there, and how many are left out for any other reason.
    `told` are sentences on what there is."""

    path: Path
    rows: tuple[Row, ...]
    absent: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    @property
    def image_is_patient(self) -> bool:
        """Whether every one of its images is of another patient."""
        return len({row.get("patient") for row in self.rows}) == len(self.rows)


def write_images(rows: Iterable[Row], folder: Path) -> Listed:
    """Write `folder/images.csv` with the rows whose image is there.

    A row with a reason in `left_out` is not written but counted. Paths below `folder` are written
    from it, others whole. A table that a user has changed is kept (see `write_table`). Raises
    InputError where no image is left.
    """
    every = list(rows)
    reasons = Counter(str(row[LEFT_OUT]) for row in every if row.get(LEFT_OUT))
    asked = [row for row in every if not row.get(LEFT_OUT)]
    there = [row for row in asked if os.path.exists(str(row["image"]).split(MEMBER)[0])]  # noqa: PTH110
    if not there:
        such = f", such as {asked[0]['image']}" if asked else ""
        raise InputError(
            f"{folder}: none of {len(every):,} images of its tables is there{such}",
            [f"{count(number, 'image')} left out: {why}" for why, number in reasons.items()],
        )
    columns = list(dict.fromkeys(name for row in there for name in row))
    base = f"{os.path.abspath(folder)}{os.sep}"  # noqa: PTH100 (resolve would follow links)

    def cell(row: Row, column: str) -> object:
        value = row.get(column, "")
        if column not in PATHS or not value:
            return value
        whole = os.path.abspath(str(value))  # noqa: PTH100
        return whole.removeprefix(base).replace(os.sep, "/")

    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(row, column) for column in columns] for row in there)
    told = write_table(folder / TABLE, text.getvalue())
    return Listed(folder / TABLE, tuple(there), len(asked) - len(there), reasons, tuple(told))
