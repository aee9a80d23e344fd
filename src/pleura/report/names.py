"""Finished studies in which one patient may have counted as several."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from pleura.data.names import alike, name_key
from pleura.errors import InputError


def refuse_respelled(table: pd.DataFrame, data: Mapping[str, Any], path: Path) -> None:
    """Refuse a table of predictions or cases whose patients or videos differ in spelling only.

    They may have trained and tested alike, and intervals would count them as several. `data` is the
    study's section, which may say that names are as they are written, or that images are patients;
    `path` names the table. Raises InputError with the names.
    """
    if data.get("same_name") == "as_written" or data.get("image_is_patient"):
        return
    problems = []
    for column in ("patient", "video"):
        names = [name for name in table.get(column, pd.Series(dtype=str)).unique() if name]
        problems += [f"{column} {' = '.join(group)}" for group in alike(names, name_key)]
    if problems:
        raise InputError(
            f"{path}: names that differ in spelling only counted as different ones. Run the study "
            "in a new folder, which tells their rows; where they truly are different, write "
            "same_name: as_written under data: in the study.yaml beside it.",
            problems,
        )
