"""What networks learned before the recipes, which start from their weights."""

import pandas as pd

from pleura.report.doubts import Caution
from pleura.report.numbers import MISSING, count, decimal, duration, listing, span
from pleura.report.table import Cell, Column, Table


def earlier_table(steps: pd.DataFrame) -> Table | None:
    """A row a step and seed; None where nothing was learned before."""
    rows = [
        [
            Cell(step["name"], f"seed {step['seed']}"),
            Cell(step["network"]),
            Cell(step["weights"]),
            Cell(step["structures"]),
            *(_number(step[name]) for name in ("n_train", "n_validation", "patients", "epochs")),
            _converged(step["converged"]),
            Cell(decimal(step["validation_dice"]), order=step["validation_dice"]),
            Cell(duration(step["seconds"]), order=step["seconds"]),
        ]
        for step in steps.to_dict("records")
    ]
    columns = [
        Column("Step", number=False),
        Column("Network", number=False),
        Column("Weights", "at the start", number=False),
        Column("Structures", number=False),
        Column("Images", "that train"),
        Column("Images", "that validate"),
        Column("Patients"),
        Column("Epochs"),
        Column("Converged", number=False),
        Column("Dice", "validation"),
        Column("Training"),
    ]
    return Table("Steps before the recipes", columns, rows) if rows else None


def unconverged(steps: pd.DataFrame) -> list[Caution]:
    """Steps whose training ended too early: what recipes start from is less than it could be."""
    short = _flag(steps) == "false"
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


def _flag(steps: pd.DataFrame) -> pd.Series:
    return steps["converged"].astype(str).str.lower()


def _converged(flag: str) -> Cell:
    word = {"true": "yes", "false": "no"}.get(flag.lower(), MISSING)
    return Cell(word, tone="bad" if word == "no" else "")


def _number(value: float) -> Cell:
    return Cell(MISSING if pd.isna(value) else span(value, value), order=value)
