"""Which column of a user's table names the files of a folder, and which files each row names."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import pandas as pd

from pleura.data.addresses import with_slashes
from pleura.data.columns import PATIENTS
from pleura.data.names import composed, word_key
from pleura.data.readers.listed import SUFFIXES
from pleura.errors import InputError, nearest
from pleura.wording import count

BY_FOLDER = "by folder"
# What columns of files are called, by `word_key`.
OF_FILES = (
    *("image", "imageid", "imagename", "imagefile", "imagepath", "imageindex", "img", "path"),
    *("file", "filename", "filepath", "fileid", "dicomid", "sopinstanceuid"),
)
NEAR = 0.9  # of the files of the best column: another one may be meant as well
WHOLE = re.compile(r"\d+(\.0)?")
Files = Mapping[str, Sequence[Path]]
Rows = Sequence[Sequence[Path]]


@dataclass(frozen=True)
class Naming:
    """A `column` that names files, the `way` in which it does, and the files of each row."""

    column: str
    way: str
    of_rows: Rows

    @cached_property
    def files(self) -> int:
        """How many different files its rows name."""
        return len({file for paths in self.of_rows for file in paths})

    @cached_property
    def score(self) -> tuple[int, int]:
        """How many different files it names, and how well: of cells those count that name one file
        alone, by how many there are; of folders smaller ones are better."""
        if self.way == BY_FOLDER:
            return self.files, -sum(map(len, self.of_rows))
        single = [paths[0] for paths in self.of_rows if len(paths) == 1]
        return len({*single}), len(single)

    def contradicts(self, other: "Naming") -> bool:
        """Whether some row names other files by the `other` column, rather than some of them."""
        for ours, theirs in zip(self.of_rows, other.of_rows, strict=True):
            one, two = {*ours}, {*theirs}
            if one and two and not (one <= two or two <= one):
                return True
        return False


def naming_of(
    table: pd.DataFrame, files: Sequence[Path], column: str | None = None
) -> tuple[Naming | None, str]:
    """The column of a table that names files, the `column` alone where one is said; None where none
    does. With it why another one may be meant, "" where that is clear.

    It is the one that names the most different files, by path, by file name or without its ending.
    Where no cell names one file alone, folders are looked at. A column that names nearly as many,
    and others in a row, may be meant as well; so may be one of more files by folder, and one that
    is called as columns of files are. A few files by numbers alone may be no names: a column of 0
    and 1 names `1.png`.
    """
    header = [str(name) for name in table if str(name) and column in (None, str(name))]
    every = [_best(table[name], name, _by_path(files)) for name in header]
    folders = {BY_FOLDER: (_by_key([[*it.parent.parts] for it in files], files), _as_it_is)}
    in_folders = [_best(table[name], name, folders) for name in header]
    in_folders = [it for it in in_folders if it.files]
    named = [it for it in every if it.score[0]]
    if column is not None:
        named = sorted(named + in_folders, key=lambda it: -it.score[0])[:1]
    named = named or in_folders or [it for it in every if it.files]
    if not named:
        return None, ""
    best = max(named, key=lambda it: (*it.score, word_key(it.column) not in PATIENTS))
    if column is not None:
        return best, ""
    others = [it for it in in_folders if best.way != BY_FOLDER and it.files > best.files]
    return best, _doubt(best, [*named, *others], table, len(files))


def refuse_absent_column(path: Path, table: pd.DataFrame, column: str | None) -> None:
    """Raise InputError for a `column` of files that a table lacks."""
    header = [*map(str, table)]
    if column is not None and column not in header:
        raise InputError(
            f"{path}: --table-files {column}: there is no such column{nearest(column, header)}; "
            f"there are: {', '.join(header)}"
        )


def _doubt(best: Naming, named: Sequence[Naming], table: pd.DataFrame, files: int) -> str:
    """Why another column than the `best` may be meant."""
    for other in named:
        near = other.score[0] >= NEAR * best.score[0]
        called = word_key(other.column) in OF_FILES and word_key(best.column) not in OF_FILES
        if other is not best and (near or called) and best.contradicts(other):
            both = " and ".join(
                f"{it.column!r} ({count(it.score[0], 'file')})" for it in (best, other)
            )
            return f"columns {both} both name files, and other ones in the same row"
    cells = [cell for cell, its in zip(table[best.column], best.of_rows, strict=True) if its]
    few = 2 * best.files < min(files, len(table))
    if few and best.way != BY_FOLDER and all(WHOLE.fullmatch(cell.strip()) for cell in cells):
        return (
            f"column {best.column!r} names {count(best.files, 'file')} of {files:,} by numbers, "
            f"in {count(len(table), 'row')}: these may be no names"
        )
    return ""


Way = tuple[Files, Callable[[str], Iterable[str]]]


def _best(cells: "pd.Series[str]", column: str, ways: Mapping[str, Way]) -> Naming:
    """How a column names the most files."""
    every = []
    for way, (by_key, keys) in ways.items():
        found = {cell: _files_of(cell, by_key, keys) for cell in {*cells}}
        every.append(Naming(column, way, [found[cell] for cell in cells]))
    return max(every, key=lambda it: (it.score, it.files))


def _files_of(cell: str, by_key: Files, keys: Callable[[str], Iterable[str]]) -> Sequence[Path]:
    found = (by_key.get(_folded(key), ()) for key in keys(cell))
    return next((its for its in found if its), ())


def _by_path(files: Sequence[Path]) -> Mapping[str, Way]:
    return {
        way: (_by_key([[of_file(file.as_posix())] for file in files], files), of_cell)
        for way, (of_file, of_cell) in PATHS.items()
    }


def _path(text: str) -> str:
    return with_slashes(text).removeprefix("./")


def _name(text: str) -> str:
    return PurePosixPath(with_slashes(text)).name


def _stem(text: str) -> str:
    """The name of a file without its ending; numbers are none."""
    name = _name(text)
    stem, _, ending = name.rpartition(".")
    return stem if stem and not ending.isdecimal() else name


def _stems(cell: str) -> Iterator[str]:
    """A name as it is, before what is left of it without an ending of an image, or without the
    zero that spreadsheets write behind a whole number: `12.1` and `1.2.840` have no ending."""
    name = _name(cell)
    yield name
    stem, _, ending = name.rpartition(".")
    if f".{ending.lower()}" in SUFFIXES or WHOLE.fullmatch(name):
        yield stem


# How a cell may name an image by its path, whichever way folders are divided: the key of a file,
# and those by which a cell is looked up, the surest first.
PATHS: Mapping[str, tuple[Callable[[str], str], Callable[[str], Iterable[str]]]] = {
    "by path": (_path, lambda cell: [_path(cell)]),
    "by file name": (_name, lambda cell: [_name(cell)]),
    "by file name without its ending": (_stem, _stems),
}


def _as_it_is(cell: str) -> Iterable[str]:
    return [cell]


def _by_key(keys: Sequence[Sequence[str]], files: Sequence[Path]) -> Files:
    """The files by each of their keys."""
    by_key: dict[str, list[Path]] = {}
    for of, file in zip(keys, files, strict=True):
        for key in {*map(_folded, of)}:
            by_key.setdefault(key, []).append(file)
    return by_key


def _folded(name: str) -> str:
    return composed(name).casefold() or "\0"  # an empty cell names nothing
