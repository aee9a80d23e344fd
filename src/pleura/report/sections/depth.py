"""How well every depth did in the searches of a study."""

from collections.abc import Iterator

import pandas as pd

from pleura.report.classification import ClassifierFolder
from pleura.report.figures.depth import depth_curves
from pleura.report.folder import TableFile
from pleura.report.numbers import count, interval, percent
from pleura.report.section import Block, Figures, Section, Words
from pleura.report.study import Study
from pleura.report.table import (
    Cell,
    Column,
    Table,
    decimal_cell,
    headings,
    size_cell,
    table_of,
)

DEPTHS = TableFile(
    "depths.csv",
    ("backbone", "weights", "cut", "judged_on"),
    ("fold", "seed", "fraction", "depth", "parameters", "macs", "auroc", "chosen"),
)
HEADINGS = [
    *headings("Network / weights | Labels"),
    Column("Cut", number=False),
    *headings(
        "Parameters / up to the cut | MACs / an image | AUROC / of the probe, range over runs | "
        "Fine-tuned / among the best few"
    ),
]


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
                size_cell(parameters),
                size_cell(macs),
                decimal_cell(auroc.mean(), several),
                Cell(f"{chosen} of {count(len(runs), 'run')}", order=chosen),
            ]
        )
    return table_of("Linear probes at every depth", HEADINGS, rows)


def judged_on(table: pd.DataFrame) -> str:
    """What probes were judged on, in words: `others of them, in 3 folds`, or validation."""
    told = []
    for judged in sorted(set(table["judged_on"])):
        validation = "the validation part, where training patients are too few for folds"
        told.append(validation if judged == "validation" else f"others of them, in {judged}")
    return " or ".join(told)


def _blocks(_: Study[ClassifierFolder], depths: pd.DataFrame) -> Iterator[Block]:
    if table := depth_table(depths):
        yield Words(judged_on=judged_on(depths))
        description = "AUROC of linear probes by depth; see the table"
        yield Figures("depth", [("", description, depth_curves(depths))])
        yield table


SECTION = Section("depth", lambda study: study.contents.table(DEPTHS), _blocks)
