"""How well every depth did in the searches of a study: its probe, or its trainings."""

import pandas as pd

from pleura.report import cells
from pleura.report.classification import ClassifierFolder
from pleura.report.figures.depth import depth_curves
from pleura.report.folder import TableFile
from pleura.report.numbers import METRICS, Metric, count, span
from pleura.report.section import Blocks, Section, Words, unheaded, worded
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


def halving_table(table: pd.DataFrame, by: Metric = METRICS["auroc"]) -> Table | None:
    """Trainings of a search by successive halving by recipe, fraction and cut; None where there was
    none. Each is judged `by` a metric, as far as it went."""
    rows = [
        [
            Cell(first["recipe"], f"{first['backbone']}, {without_folders(first['weights'])}"),
            cells.fraction(first["fraction"]),
            Cell(first["cut"], order=first["depth"]),
            Cell(span(mine["epochs"].min(), mine["epochs"].max()), order=mine["epochs"].max()),
            cells.mean(mine[by.name], by.digits, bounded=by.bounded),
            *(
                Cell(f"{number} of {among}", order=number)
                for number, among in (
                    (int((mine["rungs"] > 1).sum()), len(mine)),
                    (int(mine["ended"].sum()), len(mine)),
                    (int(mine["chosen"].sum()), mine.groupby(["fold", "seed"]).ngroups),
                )
            ),
        ]
        for _, mine in table.groupby(["recipe", "fraction", "cut"], sort=False)
        for first in [mine.iloc[0]]
    ]
    return table_of(
        "Trainings of every depth",
        rows,
        *("Recipe / network | Labels", Column("Cut", number=False)),
        f"Epochs / a training | {by.label} / on validation, range over trainings",
        "Went on / trainings | To the end / trainings | Chosen / runs",
    )


def section_by(by: Metric) -> Section[F, tuple[pd.DataFrame, pd.DataFrame]]:
    """The section of a task whose probes, and trainings, are judged `by` a metric."""
    probes = TableFile(
        "depths.csv",
        ("backbone", "weights", "cut", "judged_on"),
        ("fold", "seed", "fraction", "depth", "parameters", "macs", by.name, "chosen"),
    )
    begun = ("depth", "rate", "rungs", "epochs", by.name, "ended", "chosen")
    rungs = TableFile(
        "rungs.csv",
        ("recipe", "backbone", "weights", "cut"),
        ("fold", "seed", "fraction", *begun),
    )

    def blocks(_: Study[F], found: tuple[pd.DataFrame, pd.DataFrame]) -> Blocks:
        depths, trained = found
        if table := depth_table(depths, by):
            yield Words(judged_on=judged_on(depths))
            description = f"{by.label} of linear probes by depth; see the table"
            yield unheaded("depth", description, depth_curves(depths, by))
            yield table
        yield from worded("halved", halving_table(trained, by), by=by.label)

    def find(study: Study[F]) -> tuple[pd.DataFrame, pd.DataFrame]:
        return study.contents.table(probes), study.contents.table(rungs)

    return Section("depth", find, blocks)


SECTION: Section[ClassifierFolder, tuple[pd.DataFrame, pd.DataFrame]] = section_by(METRICS["auroc"])
