"""What networks learned before the recipes, which start from their weights."""

import pandas as pd

from pleura.report import cells
from pleura.report.folder import Folder, TableFile
from pleura.report.numbers import MISSING, span
from pleura.report.prose import tally
from pleura.report.section import Blocks, Cautions, Section, warn, worded
from pleura.report.study import Study
from pleura.report.study_file import without_folders
from pleura.report.table import Cell, Table, table_of

STEPS = TableFile(
    "steps.csv",
    ("name", "seed", "network", "weights", "structures", "converged"),
    ("n_train", "n_validation", "patients", "epochs", "validation_dice", "seconds"),
)
CONVERGED = {"true": Cell("yes"), "false": Cell("no", tone="bad")}


def earlier_steps(folder: Folder) -> pd.DataFrame:
    """The steps of a study, without the folders of files."""
    return folder.table(STEPS).map(without_folders)


def earlier_table(steps: pd.DataFrame) -> Table | None:
    """A row a step and seed; None where nothing was learned before."""
    rows = [
        [
            Cell(step["name"], f"seed {step['seed']}"),
            *(Cell(step[name]) for name in ("network", "weights", "structures")),
            *(_number(step[name]) for name in ("n_train", "n_validation", "patients", "epochs")),
            CONVERGED.get(step["converged"].lower(), Cell(MISSING)),
            cells.decimal(step["validation_dice"]),
            cells.time(step["seconds"]),
        ]
        for step in steps.to_dict("records")
    ]
    columns = (
        "Step | Network | Weights / at the start | Structures | Images / that train",
        "Images / that validate | Patients | Epochs | Converged | Dice / validation | Training",
    )
    return table_of("Steps before the recipes", rows, *columns)


def _number(value: float) -> Cell:
    return Cell(MISSING if pd.isna(value) else span(value, value), order=value)


def _cautions(_: Study[Folder], steps: pd.DataFrame) -> Cautions:
    """Steps whose training ended too early: what recipes start from is less than it could be."""
    if short := tally(steps["converged"].str.lower() == "false", steps["name"], "seed"):
        yield warn("earlier", "unconverged", short=short, serious=False)


def _blocks(_: Study[Folder], steps: pd.DataFrame) -> Blocks:
    return worded("words", earlier_table(steps))


SECTION = Section(
    "earlier", lambda study: earlier_steps(study.contents), _blocks, _cautions, warns=71
)
