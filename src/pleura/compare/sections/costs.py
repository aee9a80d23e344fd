"""What the recipes of both studies cost, side by side."""

import numpy as np
import pandas as pd

from pleura.compare.sections.part import Blocks, Part
from pleura.compare.tables import Compared
from pleura.report import cells
from pleura.report.numbers import MISSING, of_labels
from pleura.report.section import Text
from pleura.report.table import NOTHING_KNOWN, Cell, Column, Table

TITLES = {
    "parameters": "Parameters",
    "macs": "MACs",
    "latency_ms": "Time an image",
    "tuning_seconds": "Training and tuning",
}


def blocks(compared: Compared) -> Blocks:
    """What each recipe costs in each study."""
    table = compared.tables["costs"]
    if table.empty:
        return
    yield Text(
        "Means over the runs of each study; MACs are multiply-accumulate operations an image, and "
        f"training and tuning are all trials of a run. {_machines(compared)}"
    )
    for fraction in sorted(table["fraction"].unique(), reverse=True):
        yield _table(compared, table[table["fraction"] == fraction], float(fraction))


def _machines(compared: Compared) -> str:
    """On what times were measured, and what that means for a difference."""
    machines = compared.facts["machines"]
    told = "; ".join(
        f"“{name}” ran on {machine or 'a machine that it did not note'}"
        for name, machine in zip(compared.names, machines, strict=True)
    )
    if not all(machines):
        doubt = "Whether it was the same machine is not known"
    elif len({*machines}) == 1:
        doubt = "Both notes are the same, but what else the machine did is not known"
    else:
        doubt = "These differ, so that a difference in time can be one of machines"
    return f"Times are as each study measured them: {told}. {doubt}."


def _table(compared: Compared, table: pd.DataFrame, fraction: float) -> Table:
    shown = [measure for measure in TITLES if (table["measure"] == measure).any()]
    by = table.set_index(["recipe", "measure"])
    rows = []
    for recipe in dict.fromkeys(table["recipe"]):
        row = [Cell(recipe)]
        for measure in shown:
            known = (recipe, measure) in by.index
            for side in ("first", "second"):
                value = float(by.loc[(recipe, measure), side]) if known else np.nan
                row.append(_cell(measure, value) if known else NOTHING_KNOWN)
        rows.append(row)
    columns = [Column(TITLES[measure], name) for measure in shown for name in compared.names]
    return Table.of(f"What recipes cost, {of_labels(fraction)}", rows, "Recipe", *columns)


def _cell(measure: str, value: float) -> Cell:
    if measure == "tuning_seconds":
        return cells.time(value)
    if measure == "latency_ms":
        return Cell(f"{value:.1f}\N{NO-BREAK SPACE}ms" if value >= 0 else MISSING, order=value)
    return cells.size(value)


PART = Part("costs", "Costs", "What recipes cost in each", blocks)
