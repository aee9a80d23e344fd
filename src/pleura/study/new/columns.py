"""Which columns of a user's table are those that a study knows."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pleura.data.columns import OPTIONAL, REQUIRED, close_column, columns_of_images
from pleura.data.names import word_key
from pleura.data.tables import Cells
from pleura.errors import InputError, nearest

OURS = (*REQUIRED, *OPTIONAL)
GUESSED = ("label", "patient", "video")  # whose names in other tables are told by likeness
MEANS = {"class": "label", "diagnosis": "label", "subject": "patient", "clip": "video"}


def own_columns(path: Path, cells: Cells, given: Mapping[str, str]) -> dict[str, str]:
    """The file's name of each of our columns that it has, those `given` first.

    A column of another spelling of our name is ours, and so is the one whose name is most like
    `label`, `patient` or `video`, and the only one that names image files. Raises InputError for
    columns that are given and not there, and where no column of images is found.
    """
    table = cells.table
    header = list(map(str, table))
    for ours, theirs in given.items():
        if ours not in OURS:
            raise InputError(f"--column {ours}={theirs}: {ours!r} is none of {', '.join(OURS)}")
        if theirs not in header:
            raise InputError(f"{path}: no column {theirs!r}{nearest(theirs, header)}")
    found = dict(given)
    for name in header:
        key = word_key(name)
        ours = MEANS.get(key) or next((each for each in OURS if word_key(each) == key), "")
        if ours and name not in found.values():
            found.setdefault(ours, name)
    free = [name for name in header if name not in found.values()]
    for ours in GUESSED:
        if ours not in found and (like := close_column(ours, free)) and _names(table[like]):
            found[ours] = like
            free.remove(like)
    if "image" not in found:
        images = columns_of_images(table)
        if len(images) != 1:
            raise InputError(
                f"{path}: no column says where the images are; --column image=NAME names it "
                f"({', '.join(header)})"
            )
        found["image"] = images[0]
    return {ours: found[ours] for ours in OURS if ours in found}


def _names(cells: "pd.Series[str]") -> bool:
    """Whether a column names things: it has two different words at least, and is no flag."""
    return len({*cells} - {"", "0", "1"}) > 1
