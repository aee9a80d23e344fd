"""How far training changed each network, at the largest fraction."""

import pandas as pd
from matplotlib.figure import Figure

from pleura.report import cells
from pleura.report.classification import ClassifierStudy
from pleura.report.figures import canvas
from pleura.report.findings import Findings
from pleura.report.folder import TableFile
from pleura.report.numbers import decimal
from pleura.report.section import Blocks, Section, Words, unheaded
from pleura.report.table import Cell, Table, table_of

TITLES = {"cka": "Linear CKA", "svcca": "SVCCA"}
SIMILARITY = TableFile(
    "similarity.csv",
    ("recipe", "cut"),
    ("fold", "seed", "fraction", "depth", "cka", "svcca", "images"),
)
PLACES = {"first cut": 0.0, "middle": 0.5, "last cut": 1.0}
CUTS = " | ".join(
    f"{measure}, {place} / cut, range over runs" for measure in ("CKA", "SVCCA") for place in PLACES
)


def at_largest(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """The rows of the largest fraction, of recipes that the report shows."""
    largest = table["fraction"] == table["fraction"].max()
    shown: pd.DataFrame = table.loc[largest & table["recipe"].isin(list(findings.looks))]
    return shown


def similarity(table: pd.DataFrame, findings: Findings) -> Figure | None:
    """CKA and SVCCA: a line a recipe, pale ones its runs; None where nothing was measured."""
    table = at_largest(table, findings)
    if table.empty:
        return None
    names = set(table["recipe"])
    looks = {name: look for name, look in findings.looks.items() if name in names}
    legend = canvas.legend_inches(len(looks))
    figure = canvas.new_figure(3.4 + legend)
    height = figure.get_figheight()
    foot = (legend + 0.45) / height
    for left, (measure, title) in zip((0.06, 0.56), TITLES.items(), strict=True):
        axes = figure.add_axes((left, foot, 0.42, 1 - 0.3 / height - foot))
        for name, look in looks.items():
            mine = table[table["recipe"] == name]
            runs = [run for _, run in mine.groupby(["fold", "seed"])]
            for run in runs if len(runs) > 1 else ():
                axes.plot(run["depth"], run[measure], color=look.colour, linewidth=0.7, alpha=0.3)
            mean = mine.groupby("depth")[measure].mean()
            axes.plot(mean.index, mean, **look.style())
        axes.set_title(title)
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(min(0.0, float(table[measure].min())) - 0.02, 1.03)
        axes.set_xlabel("Depth: 0 is the first cut, 1 the last of the whole network")
        axes.yaxis.set_major_formatter(lambda value, _: decimal(value, 1))
    canvas.legend_below(figure, canvas.handles(looks, markers=True))
    return figure


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
    columns = f"Recipe | {CUTS} | Images / a run"
    return table_of("Networks before and after training", rows, columns)


def _blocks(study: ClassifierStudy, measured: pd.DataFrame) -> Blocks:
    findings = study.recipes.findings
    if table := similarity_table(measured, findings):
        description = "Similarity before and after training against depth; see the table"
        yield Words()
        yield unheaded("similarity", description, similarity(measured, findings))
        yield Words("measures")
        yield table


SECTION = Section("similarity", lambda study: study.contents.table(SIMILARITY), _blocks)
