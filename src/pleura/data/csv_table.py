"""Reads CSV files as programs write them: with a line `sep=;`, byte order marks, or the header
twice."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TextIO

from pleura.csv_limit import longest_cells
from pleura.data.image_files import ENDINGS
from pleura.data.names import composed
from pleura.errors import InputError, refuse
from pleura.wording import count

MARK = "\ufeff"  # byte order mark; in the middle where files were put one after the other
# What spreadsheets write above the header to tell the delimiter; cells may follow it.
SEPARATOR = re.compile(r'"?sep=(.)"?[,;\t ]*\r?\n?', re.IGNORECASE)
# What a line within a cell has that was a row: the ending of an image's file.
_FILE = re.compile(rf"({'|'.join(map(re.escape, ENDINGS))})\b", re.IGNORECASE)

DELIMITERS = ",;\t|"  # of those that are as frequent, the first
LETTERS = 131_072  # of a cell at most


@dataclass(frozen=True)
class CsvTable:
    """The header, and every row with the number of the line that it ends in.

    Cells have no blanks around them, and composed letters. `notes` are sentences for the report.
    """

    header: list[str]
    lines: list[tuple[int, list[str]]]
    notes: tuple[str, ...] = ()


def read_csv(path: Path) -> CsvTable:
    """Read a file in UTF-8 whose cells are divided by commas, semicolons, tabs or bars; the first
    line with any text tells which.

    Raises InputError for another encoding, with the line, for what is no CSV file, for a quote that
    is opened and not closed, and where the header stands there again with its columns in another
    order.
    """
    try:
        text = path.read_bytes().decode("utf-8").replace(MARK, "")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}: not a CSV file in UTF-8 (line {line}). If it is a table, open it in your "
            "spreadsheet program and save it as 'CSV UTF-8'."
        ) from error
    notes: tuple[str, ...] = ()
    if (whole := composed(text)) != text:
        notes = ("accented letters of two characters in the table are read as those of one",)
    try:
        with io.StringIO(whole, newline="") as file:
            above, first = _first_line(file)
            if said := SEPARATOR.fullmatch(first):
                delimiter = said[1]
                skipped, first = _first_line(file)
                above += skipped
            else:
                delimiter = max(DELIMITERS, key=first.count)
            reader = csv.reader(chain([first], file), delimiter=delimiter)
            with longest_cells(LETTERS):
                header = [name.strip() for name in next(reader, [])]
                above -= 1
                lines = [
                    (reader.line_num + above, [cell.strip() for cell in row])
                    for row in reader
                    if row
                ]
    except csv.Error as error:
        if "field limit" in str(error):
            raise InputError(
                f"{path}: a cell that reaches line {reader.line_num + above} has more than "
                f"{LETTERS:,} letters. If no text is so long, a quote mark before "
                "it is not closed; else leave its column out."
            ) from error
        raise InputError(f"{path}: not a CSV file ({error}).") from error
    refuse(
        f'{path}: a cell begins with " and holds the lines that follow, as if they were one text. '
        "Take that quote mark away, or close it in its own cell.",
        list(_swallowing(lines, odd=bool(whole.count('"') % 2))),
    )
    turned = [line for line, row in lines if row != header and sorted(row) == sorted(header)]
    if turned and len(header) > 1:
        raise InputError(
            f"{path}: line {turned[0]} is the header with its columns in another order, so tables "
            "were put together whose columns differ in order; bring them into one order first."
        )
    again = [line for line, row in lines if row == header]
    if not again:
        return CsvTable(header, lines, notes)
    which = ", ".join(map(str, again[:3])) + (", ..." if len(again) > 3 else "")
    note = f"rows that repeat the header, as where tables were put together: {len(again)} ({which})"
    rows = [(line, row) for line, row in lines if row != header]
    return CsvTable(header, rows, (*notes, note))


def _swallowing(lines: Sequence[tuple[int, list[str]]], *, odd: bool) -> Iterator[str]:
    """The rows with a cell that holds rows: a further line of it names an image file; or the table,
    in which quote marks are `odd` in number, ends within it."""
    for number, (line, row) in enumerate(lines, start=1):
        for first, *more in filter(None, map(str.splitlines, row)):
            if any(map(_FILE.search, more)) or (more and odd and number == len(lines)):
                yield f"row {line - len(more)}: {first!r} and {count(len(more), 'line')} after it"


def _first_line(file: TextIO) -> tuple[int, str]:
    """The next line with any text, and how many lines were read with it."""
    for number, line in enumerate(file, start=1):
        if line.strip():
            return number, line
    return 0, ""
