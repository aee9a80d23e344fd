"""How far training changed each network, at the largest fraction."""

import pandas as pd

from pleura.report import cells
from pleura.report.classification import ClassifierStudy
from pleura.report.figures.similarity import TITLES, at_largest, similarity
from pleura.report.findings import Findings
from pleura.report.folder import TableFile
from pleura.report.section import Blocks, Section, Words, one_figure
from pleura.report.table import Cell, Table, headings, table_of

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
    for name, mine in findings.by_recipe(table):
        # A search can end the network of each run at another cut.
        runs = [run for _, run in mine.groupby(["fold", "seed"])]
        places = [
            pd.DataFrame([run.iloc[int((run["depth"] - place).abs().argmin())] for run in runs])
            for place in PLACES.values()
        ]
        images = float(mine["images"].max())
        means = [
            cells.mean(cuts[measure], detail=cuts["cut"].iloc[0] if same else "several")
            for measure in TITLES
            for cuts in places
            for same in [cuts["cut"].nunique() == 1]
        ]
        rows.append([cells.recipe(name, findings), *means, Cell(f"{images:.0f}", order=images)])
    columns = headings(f"Recipe | {CUTS} | Images / a run")
    return table_of("Networks before and after training", columns, rows)


def _blocks(study: ClassifierStudy, measured: pd.DataFrame) -> Blocks:
    findings = study.recipes.findings
    if table := similarity_table(measured, findings):
        description = "Similarity before and after training against depth; see the table"
        yield Words()
        yield one_figure("similarity", description, similarity(measured, findings))
        yield Words("measures")
        yield table


SECTION = Section("similarity", lambda study: study.contents.table(SIMILARITY), _blocks)
