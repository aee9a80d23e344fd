"""Writes a table of images in the place of an older one, and loses nothing that a user wrote."""

import csv
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from itertools import count as numbers
from pathlib import Path

from pleura.data.index.rows import as_csv
from pleura.files import drop, naming, write_text
from pleura.wording import first_few


def write_table(table: Path, rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Write the rows. A table that is there and has columns which the new one lacks, such as labels
    that a user wrote, is kept under a name that is free; a sentence says so.

    The new table is whole before the old one is moved. Raises OSError that names the file.
    """
    text = as_csv(rows)
    lost = _lost(table, rows)
    if not lost:
        write_text(table, text)
        return []
    new = table.with_name(f".{table.stem}.{uuid.uuid4().hex}.csv")
    try:
        write_text(new, text)
        kept = _keep(table)
        new.replace(table)
    except OSError as error:
        if error.filename == str(new):
            error.filename, error.filename2 = str(table), None
        raise
    finally:
        drop(new)
    return [f"the table that was there is kept as {kept}: it has {first_few(lost)} besides"]


def _lost(table: Path, rows: Sequence[Mapping[str, str]]) -> list[str]:
    """The columns of a table that is there which no row has."""
    if not table.is_file():
        return []
    with table.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        header = next(csv.reader(file), [])
    return [name for name in header if not any(name in row for row in rows)]


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
