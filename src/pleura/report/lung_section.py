"""The section on the lungs: its sentences, tables and pictures."""

from dataclasses import asdict, dataclass

import pandas as pd

from pleura.report.findings import Findings
from pleura.report.folder import StudyFolder
from pleura.report.heatmaps import Panel, panel_of, shown_recipes
from pleura.report.looks import Look
from pleura.report.lung_tables import attention_table, class_table, hidden_table
from pleura.report.lungs import LungFindings, lung_facts
from pleura.report.numbers import decimal
from pleura.report.table import Table


@dataclass(frozen=True)
class LungPanel(Panel):
    """One image with its lungs, its heat map, and what is left where parts are hidden."""

    inside: str
    area: str
    doubtful: bool


@dataclass(frozen=True)
class LungSection:
    """`hidden` and `attention`: tables of all masks, then of those that are not doubtful;
    `panels` by recipe."""

    facts: tuple[str, ...]
    hidden: tuple[Table, ...]
    attention: tuple[Table, ...]
    panels: tuple[tuple[str, Look, tuple[LungPanel, ...]], ...]


def lung_section(lungs: LungFindings, contents: StudyFolder, findings: Findings) -> LungSection:
    """All that the page tells of the lungs."""
    hidden = [hidden_table(lungs, findings, masks) for masks in lungs.masks]
    by_class = class_table(lungs, findings)
    attention = [attention_table(lungs, findings, masks) for masks in lungs.masks]
    return LungSection(
        lung_facts(lungs, contents, findings),
        tuple(table for table in (*hidden, by_class) if table),
        tuple(table for table in attention if table),
        _panels(contents, findings),
    )


def _panels(
    contents: StudyFolder, findings: Findings
) -> tuple[tuple[str, Look, tuple[LungPanel, ...]], ...]:
    """Those of the eight best recipes and the reference; pictures that are no SVG of the folder
    are left out."""
    table = contents.lung_panels
    found = []
    for name in shown_recipes(table, findings):
        rows = table[table["recipe"] == name]
        panels = [panel for _, row in rows.iterrows() if (panel := _panel(contents, row))]
        if panels:
            found.append((name, findings.looks[name], tuple(panels)))
    return tuple(found)


def _panel(contents: StudyFolder, row: pd.Series) -> LungPanel | None:
    panel = panel_of(contents, row)
    if panel is None:
        return None
    return LungPanel(
        **asdict(panel),
        inside=decimal(row["inside"]),
        area=decimal(row["area"]),
        doubtful=row["doubtful"] == "True",
    )
