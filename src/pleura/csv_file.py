"""Reads a table that a study left behind: whole, or not at all."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pleura.csv_limit import LONGEST, longest_cells
from pleura.errors import InputError
from pleura.files import read_mapping, write_text

# What mends a file that was cut off, as by a copy that was killed: a run writes all tables anew,
# and trains nothing that is done.
AGAIN = (
    "copy the study's folder again as a whole, or run the study again with `pleura study run`, "
    "which writes it anew"
)
LENGTHS = "lengths.json"  # beside tables: how many bytes each had when its study had written it


def read_csv(path: Path, columns: Sequence[str] = (), **how: Any) -> pd.DataFrame:
    """A table of a study as pandas reads it, no text taken for a missing value.

    Raises InputError, with the line where there is one, for a file that is missing, empty, cut off
    or damaged, and naming those of the `columns` that it lacks.
    """
    try:
        _refuse_cut_off(path)
        table: pd.DataFrame = pd.read_csv(path, keep_default_na=False, **how)
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing; {AGAIN}") from error
    except ValueError as error:  # of pandas and of UTF-8
        reason = " ".join(str(error).split())
        raise InputError(f"{path} cannot be read as a table ({reason}); {AGAIN}") from error
    require_columns(table, columns, path)
    return table


def is_whole(path: Path) -> bool:
    """Whether a table is there and can be read to its end."""
    try:
        _refuse_cut_off(path)
    except (InputError, ValueError, OSError):
        return False
    return True


def _refuse_cut_off(path: Path) -> None:
    """Raise InputError where a line has other cells than the header, or the last one has no end:
    pandas fills up what is missing, and takes the beginning of a number for the number."""
    lines = _lines(path)
    header, last = next(lines, (0, [])), 0
    if not header[1]:
        raise InputError(f"{path}: is empty; {AGAIN}")
    for last, cells in lines:
        if cells and len(cells) != len(header[1]):
            has = f"has {len(cells)} of {len(header[1])} cells"
            raise InputError(f"{path}: line {last} {has}: the file is cut off or damaged; {AGAIN}")
    with path.open("rb") as file:
        file.seek(-1, 2)
        if file.read() not in (b"\n", b"\r"):
            where = f"within line {last or header[0]}"
            raise InputError(f"{path}: ends {where}: the file is cut off; {AGAIN}")
    refuse_shorter(path)


def record_lengths(folder: Path, names: Iterable[str]) -> None:
    """Let later readers of the files `names` in `folder` know how long they are. Nothing is
    written where none of them is there."""
    there = {name: folder / name for name in sorted(names) if (folder / name).is_file()}
    if there:
        lengths = {name: path.stat().st_size for name, path in there.items()}
        write_text(folder / LENGTHS, json.dumps(lengths, indent=1))


def refuse_shorter(path: Path) -> None:
    """Raise InputError where a file is shorter than it was: one that is cut off at the end of a
    line looks whole. One that is longer has been written to by another program, and is read."""
    was, now = read_mapping(path.with_name(LENGTHS)).get(path.name), path.stat().st_size
    if isinstance(was, int) and now < was:
        raise InputError(
            f"{path}: has {now:,} of the {was:,} bytes that its study wrote: the file is cut off, "
            f"or somebody changed it, who can delete {LENGTHS} beside it; {AGAIN}"
        )


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The number of the line in which each row ends, and its cells."""
    with longest_cells(LONGEST), path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            for cells in reader:
                yield reader.line_num, cells
        except csv.Error as error:
            where = f"{path}: line {reader.line_num} cannot be read ({error})"
            raise InputError(f"{where}: the file is cut off or damaged; {AGAIN}") from error


def require_columns(
    table: pd.DataFrame, columns: Sequence[str], path: Path, what: str = "columns missing:"
) -> None:
    """Raise InputError naming the `columns` that `table` lacks."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InputError(f"{path}: {what} {', '.join(missing)}; {AGAIN}")
