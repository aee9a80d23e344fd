"""A table of the user's: which files of a folder its rows are about, and what they say of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pleura.data.columns import PATIENTS
from pleura.data.index.naming import BY_FOLDER, naming_of, refuse_absent_column
from pleura.data.index.pattern import LABEL, PATIENT, RESERVED
from pleura.data.index.rows import ORDER
from pleura.data.names import composed, is_nothing, word_key
from pleura.data.own_columns import columns_like_ours
from pleura.data.tables import read_cells
from pleura.errors import InputError, refuse
from pleura.wording import count, first_few

MOST = 20  # tables of a folder that are looked at


@dataclass(frozen=True)
class UserTable:
    """What a table says of files, by column, with our names for the columns that studies know.
    `columns` are all of these, and `told` sentences on what was taken for what."""

    of: Mapping[Path, Mapping[str, str]]
    columns: Sequence[str]
    told: Sequence[str]


def read_user_table(
    path: Path, folder: Path, files: Sequence[Path], column: str | None = None
) -> UserTable:
    """The rows of a table that name `files` of a folder: by path, by file name with its ending or
    without, or, if no column does, by a folder, which may hold several. The `column` that names
    them is found (see `naming_of`) where none is said.

    Raises InputError where none of its columns names any, where it is not clear which one does,
    where a cell names several files, and where rows of one file differ.
    """
    table = read_cells(path, None)[0].table
    refuse_absent_column(path, table, column)
    named, doubt = naming_of(table, files, column)
    if named is None:
        what = "no column names files" if column is None else f"{column!r} names no files"
        such = f", such as {files[0].as_posix()}" if files else ""
        raise InputError(
            f"{path}: {what} of {folder}{such}, by path, by file name with its "
            f"ending or without, or by folder; its columns: {', '.join(map(str, table))}"
        )
    if doubt:
        raise InputError(
            f"{path}: {doubt}. Say which column names the files of {folder}: --table-files COLUMN"
        )
    column, way, of_rows = named.column, named.way, named.of_rows
    pairs = [*zip(table.index, table[column], of_rows, strict=True)]
    refuse(
        f"{path}: column {column!r} names several files in one cell; write their paths from "
        f"{folder}.",
        [
            f"row {row}: {cell!r} is {first_few(it.as_posix() for it in several)}"
            for row, cell, several in pairs
            if way != BY_FOLDER and len(several) > 1
        ],
    )
    ours, cells = _cells(table, column, way)
    of: dict[Path, Mapping[str, str]] = {}
    first: dict[Path, int] = {}
    problems = []
    for (row, _, paths), says in zip(pairs, cells, strict=True):
        for file in paths:
            if of.setdefault(file, says) != says:
                problems.append(f"row {row}: {file.as_posix()} is that of row {first[file]}")
            first.setdefault(file, row)
    refuse(
        f"{path}: rows of one file differ; leave one of them (column {column!r} names the files; "
        "if another one does: --table-files COLUMN).",
        problems,
    )
    lost = [cell for _, cell, paths in pairs if not paths]
    meant = "".join(f"; {name} {theirs!r}" for name, theirs in ours.items())
    told = [
        f"{path.name}: {len(pairs) - len(lost):,} of {count(len(pairs), 'row')} of files here "
        f"({way}, column {column!r}){meant}"
    ]
    if lost:
        told.append(f"{count(len(lost), 'row')} of no file here: {first_few(lost)}")
    return UserTable(of, [*dict.fromkeys(name for says in cells for name in says)], told)


def tables_here(folder: Path, files: Sequence[Path], besides: Path) -> Iterator[tuple[str, bool]]:
    """Options for the tables in a folder, `besides` ours, that name at least half of its files, and
    whether they know the patients."""
    for path in sorted(folder.glob("*.[ct]sv"))[:MOST]:
        if path == besides or ".before." in path.name:
            continue
        try:
            table = read_cells(path, None)[0].table
        except (InputError, OSError):
            continue
        named, doubt = naming_of(table, files)
        if named and 2 * named.files >= len(files):
            ours, _ = _cells(table, named.column, named.way)
            others = [str(name) for name in table if name != named.column]
            which = " --table-files COLUMN" * bool(doubt)
            yield (
                f"--table '{path}'{which}\n      {named.files:,} of {count(len(files), 'file')} "
                f"{named.way} in column {named.column!r}; also {first_few(others, 6)}",
                PATIENT in ours,
            )


def _cells(
    table: pd.DataFrame, column: str, way: str
) -> tuple[Mapping[str, str], list[Mapping[str, str]]]:
    """The user's names of our columns, and what each row says by column. What names the files says
    nothing else, unless it names patients."""
    of_patients = word_key(column) in PATIENTS
    rest = table[[name for name in table if name and (name != column or of_patients)]]
    given = {PATIENT: column} if of_patients and way == BY_FOLDER else {}
    ours = {
        name: theirs
        for name, theirs in columns_like_ours(rest, given).items()
        if name not in RESERVED
    }
    known = {word_key(name): name for name in ORDER}
    to_ours = {theirs: name for name, theirs in ours.items()}
    names = {
        str(name): to_ours.get(str(name)) or known.get(word_key(str(name)), composed(str(name)))
        for name in rest
    }
    kept = {name: to for name, to in names.items() if to not in RESERVED}
    rows: list[Mapping[str, str]] = [
        {
            to: composed(cell)
            for name, to in kept.items()
            if (cell := str(row[name])) and not (to == PATIENT and is_nothing(cell))
        }
        for row in rest.to_dict("records")
    ]
    shown = {name: ours[name] for name in (PATIENT, LABEL, *ours) if name in ours}
    return shown, rows
