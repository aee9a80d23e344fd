"""How well every depth did in the searches of a study."""

import pandas as pd

from pleura.report import cells
from pleura.report.classification import ClassifierFolder
from pleura.report.figures.depth import depth_curves
from pleura.report.folder import TableFile
from pleura.report.numbers import METRICS, Metric, count
from pleura.report.section import Blocks, Section, Words, unheaded
from pleura.report.study import F, Study
from pleura.report.study_file import without_folders
from pleura.report.table import Cell, Column, Table, table_of


def depth_table(table: pd.DataFrame, by: Metric = METRICS["auroc"]) -> Table | None:
    """Linear probes, judged `by` a metric, by network, fraction and cut; None where nothing was
    searched."""
    keys = ["backbone", "weights", "fraction", "cut"]
    rows = [
        [
            Cell(first["backbone"], without_folders(first["weights"])),
            cells.fraction(first["fraction"]),
            Cell(first["cut"], order=first["depth"]),
            cells.size(first["parameters"]),
            cells.size(first["macs"]),
            cells.mean(runs[by.name], by.digits, bounded=by.bounded),
            Cell(f"{chosen} of {count(len(runs), 'run')}", order=chosen),
        ]
        for _, runs in table.groupby(keys, sort=False)
        for first, chosen in [(runs.iloc[0], int(runs["chosen"].sum()))]
    ]
    return table_of(
        "Linear probes at every depth",
        rows,
        *("Network / weights | Labels", Column("Cut", number=False)),
        "Parameters / up to the cut | MACs / an image",
        f"{by.label} / of the probe, range over runs",
        "Fine-tuned / among the best few",
    )


def judged_on(table: pd.DataFrame) -> str:
    """What probes were judged on, in words: `others of them, in 3 folds`, or validation."""
    validation = "the validation part, where training patients are too few for folds"
    return " or ".join(
        validation if part == "validation" else f"others of them, in {part}"
        for part in sorted(table["judged_on"].unique())
    )


def section_by(by: Metric) -> Section[F, pd.DataFrame]:
    """The section of a task whose probes are judged `by` a metric."""
    file = TableFile(
        "depths.csv",
        ("backbone", "weights", "cut", "judged_on"),
        ("fold", "seed", "fraction", "depth", "parameters", "macs", by.name, "chosen"),
    )

    def blocks(_: Study[F], depths: pd.DataFrame) -> Blocks:
        if table := depth_table(depths, by):
            yield Words(judged_on=judged_on(depths))
            description = f"{by.label} of linear probes by depth; see the table"
            yield unheaded("depth", description, depth_curves(depths, by))
            yield table

    return Section("depth", lambda study: study.contents.table(file), blocks)


SECTION: Section[ClassifierFolder, pd.DataFrame] = section_by(METRICS["auroc"])
