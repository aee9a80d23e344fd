"""Finds the files of a source below a folder, however deep an archive or a user has put them."""

import csv
import gzip
import json
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pleura.csv_limit import LONGEST, longest_cells
from pleura.data.system_files import is_of_system
from pleura.errors import InputError

DEPTH = 4  # folders below the one that a user names
MOST = 2000  # folders that are looked into


def root_of(folder: Path, *needed: str) -> Path:
    """The folder at or below `folder` that holds all `needed` files and folders, the least deep.

    A name stands for the same with `.gz` too. Raises InputError that says what is missing where.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder")
    waiting = deque([(folder, 0)])
    best, found = folder, -1
    for _ in range(MOST):
        if not waiting:
            break
        here, depth = waiting.popleft()
        there = sum(plain_or_packed(here / name) is not None for name in needed)
        if there == len(needed):
            return here
        if there > found:
            best, found = here, there
        if depth < DEPTH:
            waiting += [(below, depth + 1) for below in sorted(_folders(here))]
    missing = [name for name in needed if plain_or_packed(best / name) is None]
    raise InputError(
        f"{folder}: not laid out as its authors publish it",
        [f"{best}: there is no {name}" for name in missing],
    )


def _folders(here: Path) -> Iterator[Path]:
    with os.scandir(here) as entries:
        for entry in entries:
            if entry.is_dir() and not is_of_system(entry.name):
                yield Path(entry.path)


def plain_or_packed(path: Path) -> Path | None:
    """The file or folder at `path`, or the file of that name with `.gz`; None where neither is."""
    packed = path.with_name(f"{path.name}.gz")
    return path if path.exists() else packed if packed.exists() else None


class Cells(dict[str, str]):
    """The cells of a row by column; InputError names the table `of` a column that is not there."""

    def __init__(self, cells: Mapping[str, str], of: Path) -> None:
        super().__init__(cells)
        self.of = of

    def __missing__(self, column: str) -> str:
        there = ", ".join(self)
        raise InputError(f"{self.of}: there is no column {column!r}", [f"its columns: {there}"])


def read_rows(path: Path, delimiter: str = ",") -> Iterator[Cells]:
    """The rows of a table with a header, str cells without blanks around them; `path` may be packed
    with gzip. Raises InputError where there is none, it is damaged, has no row, or its last row
    is cut off: without the end of its line and shorter than all others."""
    file = plain_or_packed(path)
    if file is None:
        raise InputError(f"{path}: there is no such file")
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with (
            longest_cells(LONGEST),
            opened(file, "rt", encoding="utf-8-sig", newline="") as text,
        ):
            lines = _Lines(text)
            shortest = sys.maxsize
            for row in csv.DictReader(lines, delimiter=delimiter):
                # A row may be longer than the header (None) or shorter (a cell that is None).
                cells = {name: cell for name, cell in row.items() if name is not None}
                there = sum(cell is not None for cell in cells.values())
                if there < min(shortest, len(cells)) and not lines.last.endswith(("\n", "\r")):
                    raise InputError(f"{file}: its last row is cut off: get the table again")
                shortest = min(shortest, there)
                plain = {name.strip(): (cell or "").strip() for name, cell in cells.items()}
                yield Cells(plain, file)
            if shortest == sys.maxsize:
                raise InputError(f"{file}: has no row: get the table again")
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file}: cannot be read as a table ({error})") from error


class _Lines:
    """The lines of a text, of which the last that was given is known."""

    def __init__(self, text: Iterable[str]) -> None:
        self.text, self.last = iter(text), ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.last = next(self.text)
        return self.last


def read_list(path: Path) -> list[str]:
    """The names in a text file, one a line. Raises InputError where there is none or it cannot be
    read."""
    try:
        names = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as a list of names ({error})") from error
    if not names:
        raise InputError(f"{path}: is empty; get it again")
    return names


def read_json(path: Path) -> Any:
    """What a JSON file holds. Raises InputError where it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as JSON ({error}); get it again") from error


def files_below(folder: Path, *endings: str) -> Iterator[Path]:
    """The files at or below `folder` with one of these `endings` (lower case), folder by folder, in
    order of name. Links to folders are followed; hidden files, and what a system keeps for itself,
    are left out."""
    for here, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if not is_of_system(name))
        for name in sorted(names):
            if name.lower().endswith(endings) and not is_of_system(name):
                yield Path(here, name)


def by_name(folder: Path, *endings: str) -> dict[str, Path]:
    """The same files by their names, in order of name. Raises InputError for two of one name."""
    files: dict[str, Path] = {}
    for path in files_below(folder, *endings):
        if path.name in files:
            both = [str(files[path.name]), str(path)]
            raise InputError(f"{folder}: two files called {path.name}; take one away", both)
        files[path.name] = path
    return dict(sorted(files.items()))


def years(text: str) -> str:
    """An age in whole years as a table writes it: `058Y` and `58.0` are `58`; "" for anything that
    is no number."""
    digits = text.strip().rstrip("Yy").removesuffix(".0").lstrip("0") or "0"
    return digits if text.strip() and digits.isdecimal() else ""


def whole_years(age: float | None) -> str:
    """An age as a table writes it; "" where it is not known."""
    return "" if age is None else f"{age:.0f}"
