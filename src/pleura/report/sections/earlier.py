"""What networks learned before the recipes, which start from their weights."""

from collections.abc import Iterator

import pandas as pd

from pleura.report.folder import Folder, TableFile
from pleura.report.hidden import without_folders
from pleura.report.numbers import MISSING, count, listing, span
from pleura.report.section import Block, Caution, Section, Words
from pleura.report.study import Study
from pleura.report.table import Cell, Table, decimal_cell, headings, table_of, time_cell

STEPS = TableFile(
    "steps.csv",
    ("name", "seed", "network", "weights", "structures", "converged"),
    ("n_train", "n_validation", "patients", "epochs", "validation_dice", "seconds"),
)
HEADINGS = headings(
    "Step | Network | Weights / at the start | Structures | Images / that train | "
    "Images / that validate | Patients | Epochs | Converged | Dice / validation | Training"
)


def earlier_steps(folder: Folder) -> pd.DataFrame:
    """The steps of a study, without the folders of files where names are hidden."""
    steps = folder.table(STEPS)
    return steps.map(without_folders) if folder.hides_names else steps


def earlier_table(steps: pd.DataFrame) -> Table | None:
    """A row a step and seed; None where nothing was learned before."""
    rows = [
        [
            Cell(step["name"], f"seed {step['seed']}"),
            *(Cell(step[name]) for name in ("network", "weights", "structures")),
            *(_number(step[name]) for name in ("n_train", "n_validation", "patients", "epochs")),
            _converged(step["converged"]),
            decimal_cell(step["validation_dice"]),
            time_cell(step["seconds"]),
        ]
        for step in steps.to_dict("records")
    ]
    return table_of("Steps before the recipes", HEADINGS, rows)


def unconverged(steps: pd.DataFrame) -> list[Caution]:
    """Steps whose training ended too early: what recipes start from is less than it could be."""
    short = steps["converged"].astype(str).str.lower() == "false"
    told = [
        f"“{name}” ({mine.sum()} of {count(len(mine), 'seed')})"
        for name, mine in short.groupby(steps["name"], sort=False)
        if mine.any()
    ]
    if not told:
        return []
    verb = "step" if len(told) == 1 else "steps"
    text = (
        f"Training had not converged for the earlier {verb} {listing(told)}: recipes that start "
        "from there might do better after more epochs of it."
    )
    return [Caution(text, serious=False)]


def _converged(flag: str) -> Cell:
    word = {"true": "yes", "false": "no"}.get(flag.lower(), MISSING)
    return Cell(word, tone="bad" if word == "no" else "")


def _number(value: float) -> Cell:
    return Cell(MISSING if pd.isna(value) else span(value, value), order=value)


def _find(study: Study[Folder]) -> pd.DataFrame:
    return earlier_steps(study.contents)


def _blocks(_: Study[Folder], steps: pd.DataFrame) -> Iterator[Block]:
    if table := earlier_table(steps):
        yield Words()
        yield table


SECTION = Section("earlier", _find, _blocks, lambda _, steps: unconverged(steps), warns=71)
