"""Which columns of a user's table are those that a study knows."""

from collections.abc import Mapping

import pandas as pd

from pleura.data.columns import OPTIONAL, PATIENTS, REQUIRED, close_column, recorded
from pleura.data.names import word_key

OURS = (*REQUIRED, *OPTIONAL)
# Other names of our columns, by `word_key`, the surest first. Closed lists for patients and videos:
# whatever is taken for one decides which images may train and test.
SPELLINGS = {
    "label": ("class", "diagnosis"),
    "patient": PATIENTS,
    "video": ("videoid", "videoname", "clip", "clipid", "clipname", "cine", "cineid"),
}


def columns_like_ours(table: pd.DataFrame, given: Mapping[str, str]) -> dict[str, str]:
    """The table's name of each of our columns that it has, those `given` first.

    A column of another spelling of our name is ours, and so is one of `SPELLINGS` and the one whose
    name is most like `label`.
    """
    header = list(map(str, table))
    found = dict(given)
    for ours in OURS:
        free = [name for name in header if name not in found.values()]
        if ours not in found and (theirs := _named(ours, table[free])):
            found[ours] = theirs
    free = [name for name in header if name not in found.values() and not recorded(name)]
    if "label" not in found and (like := close_column("label", free)) and _names(table[like]):
        found["label"] = like
    return found


def _named(ours: str, table: pd.DataFrame) -> str:
    """The column that has our name in some spelling, or else names things and has the surest of
    the other names; "" where none has."""
    keys = {word_key(name): name for name in reversed([*map(str, table)])}
    others = (keys[key] for key in SPELLINGS.get(ours, ()) if key in keys)
    return keys.get(word_key(ours)) or next((name for name in others if _names(table[name])), "")


def _names(cells: "pd.Series[str]") -> bool:
    """Whether a column names things: it has two different words at least, and is no flag."""
    return len({*cells} - {"", "0", "1"}) > 1
