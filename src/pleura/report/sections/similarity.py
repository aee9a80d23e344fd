"""How far training changed each network, at the largest fraction."""

from collections.abc import Iterator

import pandas as pd

from pleura.report.classification import ClassifierFolder
from pleura.report.figures.similarity import TITLES, at_largest, similarity
from pleura.report.findings import Findings
from pleura.report.folder import TableFile
from pleura.report.numbers import interval
from pleura.report.section import Block, Figures, Section, Words
from pleura.report.study import Study
from pleura.report.table import Cell, Table, decimal_cell, headings, recipe_cell, table_of

SIMILARITY = TableFile(
    "similarity.csv",
    ("recipe", "cut"),
    ("fold", "seed", "fraction", "depth", "cka", "svcca", "images"),
)
PLACES = {"first cut": 0.0, "middle": 0.5, "last cut": 1.0}
CUTS = " | ".join(
    f"{measure}, {place} / cut, range over runs" for measure in ("CKA", "SVCCA") for place in PLACES
)


def similarity_table(table: pd.DataFrame, findings: Findings) -> Table | None:
    """Similarity before and after training at three cuts; None where it was not measured."""
    table = at_largest(table, findings)
    rows = []
    for name in findings.looks:
        mine = table[table["recipe"] == name]
        if mine.empty:
            continue
        # A search can end the network of each run at another cut.
        runs = [run for _, run in mine.groupby(["fold", "seed"])]
        places = [
            pd.DataFrame([run.iloc[int((run["depth"] - place).abs().argmin())] for run in runs])
            for place in PLACES.values()
        ]
        images = float(mine["images"].max())
        means = [_mean(cuts, measure) for measure in TITLES for cuts in places]
        rows.append([recipe_cell(name, findings), *means, Cell(f"{images:.0f}", order=images)])
    columns = headings(f"Recipe | {CUTS} | Images / a run")
    return table_of("Networks before and after training", columns, rows)


def _mean(cuts: pd.DataFrame, measure: str) -> Cell:
    values = cuts[measure].astype(float)
    names = sorted(set(cuts["cut"]))
    several = len(values) > 1
    spread = f", {interval(float(values.min()), float(values.max()))}" if several else ""
    cut = names[0] if len(names) == 1 else "several"
    return decimal_cell(float(values.mean()), f"{cut}{spread}")


def _blocks(study: Study[ClassifierFolder], found: pd.DataFrame) -> Iterator[Block]:
    findings = study.recipes.findings
    if table := similarity_table(found, findings):
        description = "Similarity before and after training against depth; see the table"
        figure = similarity(found, findings)
        yield Words()
        yield Figures("similarity", [("", description, figure)] if figure else [])
        yield Words("measures")
        yield table


SECTION = Section("similarity", lambda study: study.contents.table(SIMILARITY), _blocks)
