"""Reads a table of scores, which another program may have made: one row an image and recipe."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from pleura.csv_file import read_csv
from pleura.errors import InputError, refuse
from pleura.evaluate.curve_areas import AUROC
from pleura.power.pilot import Pilot, Wanted, of_table
from pleura.tables import LOGIT

NEEDED = ("recipe", "patient", "label", "score")
USUAL = {"seed": 0, "fold": 0, "fraction": 1.0}  # where the table has no such column
OPTIONAL = (*USUAL, "image", "part")
PARTS = ("train", "validation", "test")


def of_scores(path: Path, columns: list[str], wanted: Wanted) -> Pilot:
    """The pilot in a table of `NEEDED` columns and of those `OPTIONAL` ones that it has: label 1 or
    0; only rows of the part `test`. Raises InputError for rows that cannot be used."""
    _refuse_columns(path, columns)
    if wanted.metric not in (None, AUROC.name):
        raise InputError(
            f"{path}: a table of scores is judged by auroc alone, not by {wanted.metric!r}"
        )
    table = read_csv(path, dtype=str)
    scores = pd.to_numeric(table["score"], errors="coerce")
    labels = pd.to_numeric(table["label"], errors="coerce")
    given = {name: pd.Series(table.get(name, usual), table.index) for name, usual in USUAL.items()}
    numbers = {name: pd.to_numeric(its, errors="coerce") for name, its in given.items()}
    parts = pd.Series(table.get("part", "test"), table.index)
    whole = {name: numbers[name] % 1 == 0 for name in ("seed", "fold")}  # not of inf, nor of nan
    refuse(
        f"{path}: rows that cannot be used",
        [
            *_wrong(table["score"], ~np.isfinite(scores.to_numpy(float)), "score is no number"),
            *_wrong(table["label"], ~labels.isin([0, 1]), "label is neither 1 (ill) nor 0"),
            *_wrong(table["patient"], table["patient"] == "", "patient is empty"),
            *_wrong(table["recipe"], table["recipe"] == "", "recipe is empty"),
            *_wrong(parts, ~parts.isin(PARTS), f"part is none of {', '.join(PARTS)}"),
            *_wrong(given["seed"], ~whole["seed"], "seed is no whole number"),
            *_wrong(given["fold"], ~whole["fold"], "fold is no whole number"),
            *_wrong(
                given["fraction"],
                ~((numbers["fraction"] > 0) & (numbers["fraction"] <= 1)),
                "fraction is no share above 0 and up to 1",
            ),
        ],
    )
    frame = table[["recipe", "patient"]].assign(
        **numbers, part=parts, label=labels.astype(int).astype(str), score=scores
    )
    if "image" in table:
        frame["image"] = table["image"]
    frame = frame[frame["part"] == "test"]
    if frame.empty:
        raise InputError(f"{path}: no row is of the part test, by which a pilot is judged")
    if frame["label"].nunique() < 2:
        raise InputError(
            f"{path}: all labels are {frame['label'].iloc[0]}; an AUROC takes patients with label "
            "1 and others with 0"
        )
    if "image" not in frame:
        again = frame.duplicated().reindex(table.index, fill_value=False)
        refuse(
            f"{path}: rows that stand twice; leave one of them out, or give the column image where "
            "they are of several images",
            _wrong(table["patient"], again, "as a row before, of the patient"),
        )
        number = frame.groupby(["recipe", *USUAL, "patient"]).cumcount()
        frame["image"] = frame["patient"] + " " + number.astype(str)
    ranks = stats.rankdata(frame["score"]) / (len(frame) + 1)
    made = frame.assign(**{f"{LOGIT}0": np.log1p(-ranks), f"{LOGIT}1": np.log(ranks)})
    return of_table(str(path), made, AUROC, wanted.reference)


def _refuse_columns(path: Path, columns: list[str]) -> None:
    """Raise InputError for columns that are missing, and for one that is written so nearly as one
    that would be used that it must not be passed over."""
    if missing := [name for name in NEEDED if name not in columns]:
        raise InputError(
            f"{path}: columns missing: {', '.join(missing)}. A table of scores has "
            f"{', '.join(NEEDED)}, a row for each image and recipe, and seed, fold, fraction and "
            f"image where there are several; a study's predictions.csv has {LOGIT}CLASS, its "
            "cases.csv structure"
        )
    plain = {name: name.strip().lower().removesuffix("s") for name in columns}
    refuse(
        f"{path}: columns that would not be used",
        [
            f"{name!r}: write {meant!r}, or leave it out"
            for name, its in plain.items()
            for meant in (*NEEDED, *OPTIONAL)
            if its == meant and name != meant
        ],
    )


def _wrong(
    cells: "pd.Series[str]", wrong: "pd.Series[bool] | NDArray[np.bool_]", what: str
) -> list[str]:
    """A line for each row of which something is wrong, by its number in the file."""
    return [f"row {at + 2}: {what}: {cells.iloc[at]!r}" for at in np.flatnonzero(wrong)]
