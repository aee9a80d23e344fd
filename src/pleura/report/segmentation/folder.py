"""Reads the folder of a finished study of segmentations."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from pleura.errors import InputError
from pleura.report.finished import Finished, read_finished
from pleura.report.names import refuse_respelled
from pleura.tables import FINISH, UNRANKED, require_columns

CASES = "cases.csv"
CASE_TEXT = (
    *("recipe", "part", "image", "patient", "video", "source", "label"),
    *("structure", "unit"),
)
CASE_NUMBERS = (
    *("fold", "seed", "fraction", "dice", "iou", "hd95", "surface_distance"),
    *("false_positive_area", "predicted_area", "reference_area", "components"),
    "reference_components",
)
OVERLAY_TEXT = ("recipe", "rank", "image", "patient", "label", "file")
OVERLAY_NUMBERS = ("fraction", "seed", "fold", "dice")


@dataclass(frozen=True)
class CasesFolder(Finished):
    """`cases` has one row an image and structure of validation or test; `overlays` one a picture,
    empty without panels. Distances are in `unit` ("mm" or "px"; "" where none is known)."""

    cases: pd.DataFrame
    overlays: pd.DataFrame
    unranked: tuple[pd.DataFrame, pd.DataFrame]  # cases and runs that no ranking holds
    unit: str
    unscaled: int  # test images without a known spacing among others that have one

    @property
    def structures(self) -> tuple[str, ...]:
        """Names of the structures, in the order of the table."""
        return tuple(dict.fromkeys(self.cases["structure"]))

    @property
    def test(self) -> pd.DataFrame:
        """The cases of the test part."""
        return self.cases[self.cases["part"] == "test"]


def read_cases_folder(path: Path) -> CasesFolder:
    """Read study.yaml, split.json, cases.csv and runs.csv, and what else is there of
    environment.json, notes.json, evaluations.json, steps.csv, best/model.json and
    panels/overlays.csv.

    Where some images have a known spacing and others none, the distances of the latter are left
    out: millimetres and pixels have no mean. Raises InputError naming what is missing or wrong.
    """
    study = read_finished(path, CASES, score="validation_dice")
    require_columns(study.runs, ("augmented", "masks"), path / "runs.csv", "columns missing:")
    study.runs["augmented"] = study.runs["augmented"].str.lower()
    cases = _read(path / CASES, CASE_TEXT, CASE_NUMBERS)
    refuse_respelled(cases, study.data, path / CASES)
    if not (cases["part"] == "test").any():
        raise InputError(f"{path / CASES} has no rows of the test part; {FINISH}")
    unit = next((unit for unit in ("mm", "px") if (cases["unit"] == unit).any()), "")
    other = (cases["unit"] != unit) & (cases["unit"] != "")
    cases.loc[other, ["hd95", "surface_distance"]] = float("nan")
    runs, shown = study.runs, study.runs["kind"] == UNRANKED
    aside = cases["recipe"].isin(runs.loc[shown, "recipe"])
    overlays = path / "panels" / "overlays.csv"
    return CasesFolder(
        **vars(replace(study, runs=runs[~shown].reset_index(drop=True))),
        cases=cases[~aside].reset_index(drop=True),
        overlays=_read(overlays, OVERLAY_TEXT, OVERLAY_NUMBERS)
        if overlays.is_file()
        else pd.DataFrame(columns=[*OVERLAY_TEXT, *OVERLAY_NUMBERS]),
        unranked=(cases[aside], runs[shown]),
        unit=unit,
        unscaled=cases.loc[other & (cases["part"] == "test"), "image"].nunique(),
    )


def _read(path: Path, text: tuple[str, ...], numbers: tuple[str, ...]) -> pd.DataFrame:
    table = pd.read_csv(path, dtype=dict.fromkeys(text, str), keep_default_na=False)
    require_columns(table, (*text, *numbers), path, "columns missing:")
    for column in numbers:
        table[column] = pd.to_numeric(table[column], errors="coerce")
    return table
