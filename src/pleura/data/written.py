"""Writes a table of images in the place of an older one, and loses nothing that a user wrote."""

import csv
import io
import os
import uuid
from collections.abc import Iterator, Mapping
from itertools import count as numbers
from pathlib import Path

from pleura.csv_limit import LONGEST, longest_cells
from pleura.files import drop, naming, put_in_place, write_text
from pleura.wording import count, first_few

CELL = 131_072  # letters; what has longer cells was written by nobody
Row = Mapping[str, str]


def write_table(table: Path, text: str) -> list[str]:
    """Write a table, CSV as `text`. One that is there and has what the new one has not (columns, or
    other words in the row of an image), such as labels that a user wrote, is kept under a name that
    is free; a sentence says so.

    The new table is whole before the old one is moved. Raises OSError that names the file.
    """
    lost = _lost(table, text)
    if not lost:
        write_text(table, text)
        return []
    new = table.with_name(f".{table.stem}.{uuid.uuid4().hex}.csv")
    try:
        write_text(new, text)
        kept = _keep(table)
        put_in_place(new, table)
    except OSError as error:
        if error.filename == str(new):
            error.filename, error.filename2 = str(table), None
        raise
    finally:
        drop(new)
    return [f"the table that was there is kept as {kept}: it has {' and '.join(lost)} besides"]


def _lost(table: Path, text: str) -> list[str]:
    """What a table that is there says and the new one does not: columns, and cells of images that
    are in both. Rows are none: images come and go."""
    if not table.is_file():
        return []
    try:
        with (
            longest_cells(CELL),
            table.open(newline="", encoding="utf-8-sig", errors="replace") as file,
        ):
            header, old = _rows(csv.reader(file))
    except csv.Error:
        return ["what is no table"]
    with longest_cells(LONGEST):
        columns, new = _rows(csv.reader(io.StringIO(text, newline="")))
    lost = [first_few(gone)] if (gone := [name for name in header if name not in columns]) else []
    both = [name for name in header if name in columns]
    other = sum(
        any(row.get(name, "") not in ("", new[image].get(name, "")) for name in both)
        for image, row in old.items()
        if image in new
    )
    return [*lost, f"other words in {count(other, 'row')}"] if other else lost


def _rows(lines: Iterator[list[str]]) -> tuple[list[str], dict[str, Row]]:
    """The header of a table, and its rows by the address of the image."""
    header = next(lines, [])
    rows = (dict(zip(header, line, strict=False)) for line in lines)
    return header, {row.get("image", ""): row for row in rows}


def _keep(table: Path) -> Path:
    """Give a table a second name that no file has, and return it."""
    for path in _names(table):
        try:
            os.link(table, path)
        except FileExistsError:
            continue
        except OSError:  # a disk without links: the name is free a moment before
            if path.exists():
                continue
            with naming(path):
                table.replace(path)
        return path
    raise AssertionError


def _names(table: Path) -> Iterator[Path]:
    yield table.with_suffix(".before.csv")
    yield from (table.with_suffix(f".before.{number}.csv") for number in numbers(2))
