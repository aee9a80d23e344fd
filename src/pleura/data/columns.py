"""The columns of a user's table: named as ours are, present, and the rows chosen by them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd

from pleura.data.names import composed, is_missing, name_key
from pleura.data.tables import Cells
from pleura.errors import InputError, nearest

REQUIRED = ("image", "label")
OPTIONAL = ("patient", "video", "frame", "mask", "lung_mask", "split", "source", "site", "view")


def renamed(
    path: Path,
    cells: Cells,
    columns: Mapping[str, str],
    required: Sequence[str] = REQUIRED,
    labels: Collection[str] = (),
) -> Cells:
    """The table with our name beside every column that `columns` maps or that has our name.

    Labels that other programs write where nothing is known are emptied, but those among `labels`.
    Raises `InputError` for columns that are missing: those that `columns` maps, and the `required`.
    """
    table = cells.table
    problems = [
        f"columns: {name!r} is none of {', '.join((*REQUIRED, *OPTIONAL))}"
        for name in columns
        if name not in (*REQUIRED, *OPTIONAL)
    ]
    mapping = {name: composed(columns.get(name, name)) for name in (*REQUIRED, *OPTIONAL)}
    missing = {
        ours: theirs
        for ours, theirs in mapping.items()
        if theirs not in table and (ours in required or ours in columns)
    }
    problems += [f"no column {theirs!r}" for theirs in missing.values()]
    if missing:
        # Told at once, since the patient is asked for next.
        if mapping["patient"] not in table and "patient" in table.columns.str.casefold():
            missing["patient"] = "patient"
        problems.append(how_to_map(missing, table.columns))
    if problems:
        problems.append(f"columns of the file: {', '.join(table.columns)}")
        raise InputError(f"{path}: columns are missing.", problems)
    named = {ours: table[theirs] for ours, theirs in mapping.items() if theirs in table}
    if "label" in named:
        known = named["label"]
        nothing = [name for name in known.unique() if is_missing(name) and name not in labels]
        named["label"] = known.mask(known.isin(nothing), "")
    return Cells(table.assign(**named), cells.lines, cells.notes)


def refuse_absent(path: Path, table: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise `InputError` for columns that were asked for by name and are not there."""
    absent = [name for name in names if name not in table]
    problems = [f"no column {name!r}{nearest(name, table.columns)}" for name in absent]
    # Our own name for the lines of the file.
    problems += ["a column named 'row' cannot be kept; rename it"] if "row" in names else []
    if problems:
        raise InputError(f"{path}: columns are missing.", problems)


def how_to_map(missing: Mapping[str, str], header: Iterable[str]) -> str:
    """Advice for our columns that are `missing` in the file under the names given."""
    folded = {name.casefold(): name for name in header}
    close = {
        ours: get_close_matches(theirs.casefold(), folded, 1) for ours, theirs in missing.items()
    }
    meant = [repr(folded[names[0]]) for names in close.values() if names]
    pairs = [
        f"{ours}: {folded[names[0]] if names else '<name in the file>'}"
        for ours, names in close.items()
    ]
    question = f"did you mean {', '.join(meant)}? " if meant else ""
    return f"{question}map under data: columns: {{{', '.join(pairs)}}}"


def _fits(cell: str, globs: Sequence[str]) -> bool:
    """Whether a cell matches one of the patterns, if there are any, and none after a `!`."""
    wanted = [glob for glob in globs if not glob.startswith("!")]
    unwanted = [glob[1:] for glob in globs if glob.startswith("!")]
    matches = not wanted or any(fnmatchcase(cell, glob) for glob in wanted)
    return matches and not any(fnmatchcase(cell, glob) for glob in unwanted)


def _overlooked(cells: Cells, where: Mapping[str, str | list[str]]) -> Iterator[str]:
    """Cells that no pattern fits, but whose name is that of a pattern in another spelling."""
    for column, patterns in where.items():
        globs = [patterns] if isinstance(patterns, str) else patterns
        bare = [composed(glob.removeprefix("!")) for glob in globs]
        named = {name_key(glob): glob for glob in bare if not set(glob) & set("*?[")}
        names = cells.table[column]
        for name in names.unique() if named else ():
            meant = named.get(name_key(name))
            if meant is not None and not any(fnmatchcase(name, glob) for glob in bare):
                row = cells.lines[int(np.argmax(names == name))]
                yield f"row {row}: {column} {name!r} is not {meant!r} as it is written"


def chosen(path: Path, cells: Cells, where: Mapping[str, str | list[str]]) -> Cells:
    """The rows whose cells fit the patterns of every column in `where`. Raises `InputError`."""
    missing = [f"where: no column {name!r}" for name in where if name not in cells.table]
    if missing:
        raise InputError(f"{path}: cannot choose rows.", missing)
    if overlooked := list(_overlooked(cells, where)):
        raise InputError(
            f"{path}: where: names that differ in spelling only; list every spelling, such as "
            "{source: [Clinic A, clinic a]}.",
            overlooked,
        )
    keep = np.ones(len(cells.table), dtype=bool)
    for name, patterns in where.items():
        globs = [composed(glob) for glob in ([patterns] if isinstance(patterns, str) else patterns)]
        keep &= [_fits(cell, globs) for cell in cells.table[name]]
    if not keep.any():
        raise InputError(f"{path}: no row matches where: {dict(where)}.")
    note = () if keep.all() else (f"{int(keep.sum())} of {len(keep)} rows match `where`",)
    lines = [line for line, kept in zip(cells.lines, keep, strict=True) if kept]
    return Cells(cells.table[keep].reset_index(drop=True), lines, cells.notes + note)
