"""What a table of parts lists: images that it puts into several parts, and several splits."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.audit.finding import Finding
from pleura.data.names import is_nothing
from pleura.errors import InputError
from pleura.wording import count, first_few, in_a_row

ENOUGH = 0.5  # of the images: a split of fewer tells little, and a fold has more of them
Parts = NDArray[np.object_]  # (n,) the part of each image, "" where it is in none


def in_several(listed: pd.DataFrame) -> pd.DataFrame:
    """The rows of `listed` whose image stands in more than one part.

    listed: the columns `row` of an image and `part`; the index is the line in the table.
    """
    parts = listed.groupby("row")["part"].transform("nunique")
    return listed[parts > 1]


def listed_in_several(
    listed: pd.DataFrame, names: NDArray[np.object_], kind: str
) -> Iterator[Finding]:
    """A leak for each of the `names` (n,) of images that are listed in several parts; see
    `in_several`."""
    several = in_several(listed)
    for name, of in several.groupby(names[several["row"].to_numpy(dtype=np.int64)], sort=False):
        rows = tuple(map(int, dict.fromkeys(of["row"])))
        places = [
            f"{part} (line {first_few(dict.fromkeys(its.index))})"
            for part, its in of.groupby("part", sort=False)
        ]
        text = f"{name} is listed in {in_a_row(places)} of the split"
        yield Finding(kind, rows, float(len(rows)), text, leak=True)


def refuse_folds(path: Path, listed: pd.DataFrame, others: pd.DataFrame) -> None:
    """Raise InputError where a column of `others`, the table's further columns, says which of
    several splits a line is of, as a column of folds does: each of its values has most of the
    images, in two parts or more, and what is in several parts is so only by that column."""
    several = in_several(listed)
    for name, cells in others.items() if len(several) else ():
        lines = listed.assign(value=cells.loc[listed.index].to_numpy())
        of_value = lines.groupby("value")
        whole = of_value["row"].nunique().min() >= ENOUGH * listed["row"].nunique()
        within = lines.groupby(["value", "row"])["part"].nunique()
        still = within[within > 1].index.get_level_values("row").nunique()
        divided = bool(still <= (1 - ENOUGH) * several["row"].nunique())
        if whole and of_value["part"].nunique().min() > 1 and divided:
            raise InputError(
                f"{path}: holds several splits, one for each value of column {name!r} "
                f"({first_few(lines['value'].unique())}). Check one at a time: give a table of the "
                "lines of one value."
            )


def gaps(parts: Parts, readable: NDArray[np.bool_], patients: Sequence[str]) -> list[str]:
    """What of the images in a part was not looked at: those that are not `readable` (n,), and whose
    `patients` (n,) are not known."""
    listed = parts != ""
    lost = int((listed & ~readable).sum())
    nobody = int(sum(map(is_nothing, np.array(patients, dtype=object)[listed])))
    told = [f"{count(lost, 'image')} in its parts could not be looked at"] * bool(lost)
    told += [f"of {count(nobody, 'image')} in its parts the patient is not known"] * bool(nobody)
    return told


def why_untold(parts: Parts) -> str:
    """Why it says little that nothing is found in a split; "" where it says enough."""
    named = sorted({*parts} - {""})
    some = int((parts != "").sum())
    if len(named) < 2:
        why = f"every image of it is in one part, {named[0]}" if named else "no image is in a part"
    elif some < ENOUGH * len(parts):
        why = f"it puts only {some:,} of {len(parts):,} images into a part"
    else:
        return ""
    return why
