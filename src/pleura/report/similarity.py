"""How far training changed each network: the table, at the largest fraction."""

import pandas as pd

from pleura.report.findings import Findings
from pleura.report.numbers import decimal, interval
from pleura.report.table import Cell, Column, Table, recipe_cell

MEASURES = {"cka": "CKA", "svcca": "SVCCA"}


def at_largest(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """The rows of the largest fraction, of recipes that the report shows."""
    largest = table["fraction"] == table["fraction"].max()
    shown: pd.DataFrame = table.loc[largest & table["recipe"].isin(list(findings.looks))]
    return shown


def similarity_table(table: pd.DataFrame, findings: Findings) -> Table | None:
    """Similarity before and after training at three cuts; None where it was not measured."""
    table = at_largest(table, findings)
    rows = []
    for name, look in findings.looks.items():
        mine = table[table["recipe"] == name]
        if mine.empty:
            continue
        # A search can end the network of each run at another cut.
        runs = [run for _, run in mine.groupby(["fold", "seed"])]
        places = [
            pd.DataFrame([run.iloc[int((run["depth"] - place).abs().argmin())] for run in runs])
            for place in (0.0, 0.5, 1.0)
        ]
        rows.append(
            [
                recipe_cell(name, look, findings.reference),
                *(_mean(cuts, measure) for measure in MEASURES for cuts in places),
                Cell(f"{mine['images'].max():.0f}", order=float(mine["images"].max())),
            ]
        )
    columns = [
        Column("Recipe", number=False),
        *(
            Column(f"{title}, {place}", "cut, range over runs")
            for title in MEASURES.values()
            for place in ("first cut", "middle", "last cut")
        ),
        Column("Images", "a run"),
    ]
    return Table("Networks before and after training", columns, rows) if rows else None


def _mean(cuts: pd.DataFrame, measure: str) -> Cell:
    values = cuts[measure].astype(float)
    names = sorted(set(cuts["cut"]))
    mean, several = float(values.mean()), len(values) > 1
    spread = f", {interval(float(values.min()), float(values.max()))}" if several else ""
    return Cell(decimal(mean), f"{names[0] if len(names) == 1 else 'several'}{spread}", order=mean)
