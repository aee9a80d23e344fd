"""Recipes that a study runs and shows, but compares with nothing."""

import pandas as pd

from pleura.evaluate.intervals import summarise
from pleura.report.findings import Estimate, Findings
from pleura.report.folder import StudyFolder
from pleura.report.numbers import duration, magnitude, percent
from pleura.report.results import measured
from pleura.report.table import Cell, Column, Table


def unranked_table(contents: StudyFolder, findings: Findings) -> Table | None:
    """Their metric and cost by fraction; None where there are none."""
    predictions, runs = contents.unranked
    if runs.empty:
        return None
    summary = summarise(predictions[predictions["part"] == "test"], level=findings.level)
    name = findings.metric.name
    here = summary[(summary["metric"] == name) & summary["class"].isin(["macro", "all"])]
    rows = []
    columns = ["recipe", "fraction", "value", "low", "high"]
    for recipe, fraction, *numbers in here[columns].itertuples(index=False, name=None):
        mine = runs[(runs["recipe"] == recipe) & (runs["fraction"] == fraction)]
        parameters, macs, seconds = (
            float(mine[column].mean()) for column in ("parameters", "macs", "tuning_seconds")
        )
        rows.append(
            [
                Cell(recipe),
                Cell(str(mine["backbone"].iloc[0]), _start(mine, recipe, contents)),
                Cell(percent(fraction), order=fraction),
                measured(Estimate(*numbers), name),
                Cell(magnitude(parameters), order=parameters),
                Cell(magnitude(macs), order=macs),
                Cell(duration(seconds), order=seconds),
            ]
        )
    headings = [
        Column("Recipe", number=False),
        Column("Network", "weights", number=False),
        Column("Labels"),
        Column(findings.metric.title),
        Column("Parameters"),
        Column("MACs", "an image"),
        Column("Training and tuning", "a run"),
    ]
    return Table("Not ranked", headings, rows)


def _start(runs: pd.DataFrame, recipe: str, contents: StudyFolder) -> str:
    """What a recipe learned before, or the weights that it started from."""
    return str(runs["curriculum"].iloc[0]) or _weights(runs, recipe, contents)


def _weights(runs: pd.DataFrame, recipe: str, contents: StudyFolder) -> str:
    """What a recipe's parameters started from; random ones may stand for what was missing."""
    found = str(runs["weights"].iloc[0])
    asked = contents.study.get("recipes", {}).get(recipe, {}).get("weights", found)
    return found if found != "random" or asked == found else f"random, since {asked} was missing"
