"""How well every depth did in the searches of a study, as a table."""

import pandas as pd

from pleura.report.numbers import count, decimal, interval, magnitude, percent
from pleura.report.table import Cell, Column, Table


def depth_table(table: pd.DataFrame) -> Table | None:
    """Linear probes by network, fraction and cut; None where nothing was searched."""
    rows = []
    by = ["backbone", "weights", "fraction", "cut"]
    for (backbone, weights, _, cut), runs in table.groupby(by, sort=False):
        fraction = float(runs["fraction"].iloc[0])
        auroc, chosen = runs["auroc"], int(runs["chosen"].sum())
        place, parameters, macs = (runs[name].iloc[0] for name in ("depth", "parameters", "macs"))
        several = interval(auroc.min(), auroc.max()) if len(runs) > 1 else ""
        rows.append(
            [
                Cell(str(backbone), str(weights)),
                Cell(percent(fraction), order=fraction),
                Cell(str(cut), order=place),
                Cell(magnitude(parameters), order=parameters),
                Cell(magnitude(macs), order=macs),
                Cell(decimal(auroc.mean()), several, order=auroc.mean()),
                Cell(f"{chosen} of {count(len(runs), 'run')}", order=chosen),
            ]
        )
    columns = [
        Column("Network", "weights", number=False),
        Column("Labels"),
        Column("Cut", number=False),
        Column("Parameters", "up to the cut"),
        Column("MACs", "an image"),
        Column("AUROC", "of the probe, range over runs"),
        Column("Fine-tuned", "among the best few"),
    ]
    return Table("Linear probes at every depth", columns, rows) if rows else None


def judged_on(table: pd.DataFrame) -> str:
    """What probes were judged on, in words: `others of them, in 3 folds`, or validation."""
    told = []
    for judged in sorted(set(table["judged_on"])):
        validation = "the validation part, where training patients are too few for folds"
        told.append(validation if judged == "validation" else f"others of them, in {judged}")
    return " or ".join(told)
