"""The columns of a user's table: they get our names, missing ones are told, and rows are chosen by
what stands in them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.names import composed, is_missing, name_key, word_key
from pleura.data.readers import split_address
from pleura.data.readers.listed import SUFFIXES
from pleura.data.tables import Cells
from pleura.errors import InputError, nearest, refuse
from pleura.wording import count

REQUIRED = ("image", "label")
OPTIONAL = ("patient", "video", "frame", "mask", "lung_mask", "split", "source", "site", "view")


# What columns that say how an image came about are called, by `word_key`; these are kept.
AGE, BURNED_IN = "age", "burned in"
_RECORDED = {
    AGE: {"age", "patientage", "ageyears", "ageinyears"},
    "sex": {"sex", "patientsex", "gender", "patientgender"},
    "manufacturer": {"manufacturer", "vendor", "manufacturermodelname", "model", "device"},
    # Not `day`: that of `pleura data index` counts from a secret day of each patient.
    "date": {"date", "studydate", "acquisitiondate", "examdate", "year"},
    BURNED_IN: {"burnedin", "burnedinannotation"},
    "photometric": {"photometric", "photometricinterpretation"},
    "modality": {"modality"},
    "laterality": {"laterality", "imagelaterality"},
    "frames": {"frames", "nframes", "numberofframes", "framecount"},
    "seconds": {"seconds", "duration", "durationseconds"},
    "frame rate": {
        "framerate",
        "fps",
        "framespersecond",
        "cinerate",
        "recommendeddisplayframerate",
    },
    "pixel size": {"rowmm", "columnmm", "spacingfrom", "pixelspacing", "imagerpixelspacing"},
}
# What columns that say who the patient is are called, by `word_key`, the surest first. By likeness
# `patient_age` would be one of them. No `case` or `exam`, of which a patient has several.
PATIENTS = (
    *("patient", "patientid", "patientnumber", "patientno", "patientnr", "patientkey"),
    *("patientcode", "patientuid", "patienthash", "patients", "anonpatientid", "patid", "pid"),
    *("subject", "subjectid", "subjectnumber", "subjectno", "participant", "participantid"),
    *("person", "personid", "mrn", "medicalrecordnumber"),
)
_MEANINGS = {key: what for what, keys in _RECORDED.items() for key in keys}


def recorded(column: str) -> str:
    """What a column is about by its name, such as `age` or `sex`: what a header or a file of a
    patient records beside the image; "" for any other column."""
    return _MEANINGS.get(word_key(column), "")


def is_age(column: str) -> bool:
    """Whether a column is called as one of the ages of patients is."""
    return recorded(column) == AGE


def renamed(
    path: Path,
    cells: Cells,
    columns: Mapping[str, str],
    required: Sequence[str] = REQUIRED,
    labels: Collection[str] = (),
) -> Cells:
    """The table with a column under our name for every column that `columns` maps, or that has our
    name.

    Cells of the label column that hold what programs write for a missing value are emptied, unless
    they are among `labels`. Raises `InputError` for columns that are missing: those that `columns`
    maps, and the `required` ones.
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
        if mapping["patient"] not in table and close_column("patient", table.columns):
            missing["patient"] = mapping["patient"]
        turned = _turned_round(columns, table.columns)
        problems.append(turned or how_to_map(missing, table.columns, columns_of_images(table)))
    if problems:
        problems.append(f"columns of the file: {', '.join(table.columns)}")
        raise InputError(f"{path}: columns are missing.", problems)
    named = {ours: table[theirs] for ours, theirs in mapping.items() if theirs in table}
    if "label" in named:
        column = named["label"]
        nothing = [name for name in column.unique() if is_missing(name) and name not in labels]
        named["label"] = column.mask(column.isin(nothing), "")
    return Cells(table.assign(**named), cells.notes)


def refuse_absent(path: Path, table: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise `InputError` for columns that were asked for by name and are not there."""
    absent = [name for name in names if name not in table]
    problems = [f"no column {name!r}{nearest(name, table.columns)}" for name in absent]
    # Our own name for the lines of the file.
    problems += ["a column named 'row' cannot be kept; rename it"] if "row" in names else []
    refuse(f"{path}: columns are missing.", problems)


def columns_of_images(table: pd.DataFrame) -> list[str]:
    """The columns in which every cell has the ending of an image file."""
    return [
        str(name)
        for name in table
        if all(split_address(cell)[0].suffix.lower() in SUFFIXES for cell in table[name])
    ]


def how_to_map(
    missing: Mapping[str, str], header: Iterable[str], images: Sequence[str] = ()
) -> str:
    """Advice for our columns that are `missing` in the file, by the names that were looked for.

    `images` are the columns that name image files. A column whose name only looks like `image`,
    such as `age`, is suggested only if it is one of them.
    """
    header = list(header)
    guesses = {}
    for ours, theirs in missing.items():
        among = header
        if ours == theirs == "image":
            among = [name for name in header if name in images or name.casefold() == "image"]
        guess = close_column(theirs, among)
        guesses[ours] = guess or (among[0] if among is not header and len(among) == 1 else None)
    meant = [repr(guess) for guess in guesses.values() if guess]
    pairs = [f"{ours}: {guess or '<name in the file>'}" for ours, guess in guesses.items()]
    question = f"did you mean {', '.join(meant)}? " if meant else ""
    return f"{question}map under data: columns: {{{', '.join(pairs)}}}"


def close_column(name: str, header: Iterable[str]) -> str | None:
    """The column whose name is most like a name, whatever the case; None where none is. For the
    patient only a column whose name is one of `PATIENTS`."""
    if word_key(name) in PATIENTS:
        of_patients = [column for column in header if word_key(column) in PATIENTS]
        return min(of_patients, key=lambda it: PATIENTS.index(word_key(it)), default=None)
    folded = {column.casefold(): column for column in header}
    nearest_names = get_close_matches(name.casefold(), folded, 1)
    return folded[nearest_names[0]] if nearest_names else None


def _turned_round(columns: Mapping[str, str], header: Collection[str]) -> str:
    """Advice where `columns` maps the file's names to ours, the wrong way round; else ""."""
    turned = {
        ours: theirs
        for theirs, ours in columns.items()
        if theirs in header and ours in (*REQUIRED, *OPTIONAL)
    }
    pairs = ", ".join(f"{ours}: {theirs}" for ours, theirs in turned.items())
    ask = "our name comes first, then the file's; did you mean columns"
    return f"{ask}: {{{pairs}}}?" if turned and not set(turned) & set(header) else ""


def _fits(cell: str, globs: Sequence[str]) -> bool:
    """Whether a cell matches one of the patterns, if there are any, and none after a `!`."""
    wanted = [glob for glob in globs if not glob.startswith("!")]
    unwanted = [glob[1:] for glob in globs if glob.startswith("!")]
    matches = not wanted or any(fnmatchcase(cell, glob) for glob in wanted)
    return matches and not any(fnmatchcase(cell, glob) for glob in unwanted)


def _overlooked(table: pd.DataFrame, globs: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Cells that fit no pattern, although one of the patterns is another spelling of their name."""
    for column, patterns in globs.items():
        bare = [glob.removeprefix("!") for glob in patterns]
        names_asked = {name_key(glob): glob for glob in bare if not set(glob) & set("*?[")}
        cells = table[column]
        for name in cells.unique() if names_asked else ():
            meant = names_asked.get(name_key(name))
            if meant is not None and not any(fnmatchcase(name, glob) for glob in bare):
                row = cells.index[cells == name][0]
                yield f"row {row}: {column} {name!r} is not {meant!r} as it is written"


def _in_vain(
    name: str, globs: Sequence[str], fits: NDArray[np.bool_], column: "pd.Series[str]"
) -> str:
    """Why no row was chosen, as far as one column can say: how many of its rows fit, or what is in
    it."""
    cells = set(column)
    if fits.any():
        return f"{name}: {count(int(fits.sum()), 'row')} by itself"
    bare = [f"*{glob}*" for glob in globs if not set(glob) & set("!*?[")]
    if parts := [part for part in bare if any(fnmatchcase(cell, part) for cell in cells)]:
        return f"{name}: did you mean {', '.join(map(repr, parts))}? The whole cell must fit."
    return f"{name}: nothing fits {', '.join(map(repr, globs))}{nearest(globs[0], cells)}"


def chosen(path: Path, cells: Cells, where: Mapping[str, str | list[str]]) -> Cells:
    """The rows whose cells fit the patterns of every column in `where`. Raises `InputError`."""
    missing = [
        f"where: no column {name!r}{nearest(name, map(str, cells.table))}"
        for name in where
        if name not in cells.table
    ]
    refuse(f"{path}: cannot choose rows.", missing)
    globs = {
        name: [composed(glob) for glob in ([patterns] if isinstance(patterns, str) else patterns)]
        for name, patterns in where.items()
    }
    refuse(
        f"{path}: where: names that differ in spelling only; list every spelling, such as "
        "{source: [Clinic A, clinic a]}.",
        list(_overlooked(cells.table, globs)),
    )
    fits = {
        name: np.array([_fits(cell, wanted) for cell in cells.table[name]], dtype=bool)
        for name, wanted in globs.items()
    }
    keep = np.logical_and.reduce([np.ones(len(cells.table), dtype=bool), *fits.values()])
    if not keep.any():
        problems = [_in_vain(name, globs[name], fits[name], cells.table[name]) for name in where]
        raise InputError(f"{path}: no row matches where: {dict(where)}.", problems)
    note = () if keep.all() else (f"{int(keep.sum())} of {len(keep)} rows match `where`",)
    return Cells(cells.table[keep], cells.notes + note)
