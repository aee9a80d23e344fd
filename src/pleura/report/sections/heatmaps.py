"""Heat maps of sure hits and misses, recipe by recipe, and whether they show learning."""

from collections.abc import Sequence

import pandas as pd

from pleura.evaluate.heatmap_sizes import LEAST
from pleura.evaluate.sanity import METHODS, MapCheck, checks_of
from pleura.report import cells
from pleura.report.classification import ClassifierFolder, ClassifierStudy
from pleura.report.findings import Findings
from pleura.report.folder import TableFile
from pleura.report.gallery import PANEL_NUMBERS, PANEL_TEXT, galleries
from pleura.report.numbers import capital, count, decimal, interval
from pleura.report.section import Blocks, Group, Section, Words
from pleura.report.table import NOTHING_KNOWN, Cell, Table, table_of

HEATMAPS = TableFile(
    "panels/heatmaps.csv",
    (*PANEL_TEXT, "cut", "last_cut"),
    (
        *(*PANEL_NUMBERS, "grid", "correlation_with_random"),
        *("last_grid", "last_correlation_with_random"),
    ),
)
WHERE = {"Grad-CAM": "last cut", "HiRes-CAM": "finer"}
WIDTH = 600  # pixels


def read_heatmaps(contents: ClassifierFolder, findings: Findings) -> list[Group]:
    """The pictures of the eight best recipes and the reference; empty where there are none."""
    return galleries(
        contents,
        HEATMAPS,
        findings,
        WIDTH,
        alt="with heat maps",
        detail=_cuts,
        parts=(("Hits", "True"), ("Misses", "False")),
    )


def _cuts(first: pd.Series) -> str:
    """`Grad-CAM at head, 7 × 7 · HiRes-CAM at block3, 14 × 14`, and which are too coarse."""
    return " · ".join(
        f"{method} at {first[f'{kind}cut']}, {_size(first[f'{kind}grid'])}"
        f"{'' if first[f'{kind}grid'] >= LEAST else ': too coarse to be shown'}"
        for kind, method in METHODS.items()
    )


def heatmap_table(table: pd.DataFrame, findings: Findings) -> Table | None:
    """The check with weights drawn anew; None where there are no heat maps."""
    rows = [
        [
            cells.recipe(name, findings),
            Cell(f"{check.method}, {WHERE[check.method]}"),
            Cell(check.cut, _size(check.grid)),
            *_checked(check),
        ]
        for name, mine in findings.by_recipe(table)
        for check in checks_of(mine, name)
    ]
    title = "Heat maps against those of the same network with its weights drawn anew"
    correlation = "Rank correlation / mean, range over images"
    return table_of(title, rows, f"Recipe | Map | Cut / positions | {correlation} | Verdict")


def failed_maps(table: pd.DataFrame, findings: Findings) -> list[str]:
    """`Grad-CAM of “scratch” (.800)` for each that fails the check."""
    return [
        f"{check.method} of “{name}” ({decimal(check.correlation)})"
        for name, mine in findings.by_recipe(table)
        for check in checks_of(mine, name)
        if check.passes is False
    ]


def _checked(check: MapCheck) -> Sequence[Cell]:
    if not check.images:
        return NOTHING_KNOWN, Cell("not known: the maps are empty")
    ends = interval(check.lowest, check.highest)
    mean = cells.decimal(check.correlation, f"{ends}; {count(check.images, 'image')}")
    if check.grid < LEAST:
        return mean, Cell("Too coarse to be judged")
    fails = check.passes is False
    verdict = "shows the image, not what was learned" if fails else "changes with the weights"
    return mean, Cell(capital(verdict), tone="bad" * fails)


def _size(grid: float) -> str:
    return f"{grid:.0f} × {grid:.0f}"


def _blocks(study: ClassifierStudy, table: pd.DataFrame) -> Blocks:
    contents, findings = study.contents, study.recipes.findings
    if check := heatmap_table(table, findings):
        shown = read_heatmaps(contents, findings)
        judged = (table[["grid", "last_grid"]] >= LEAST).any(axis=None)
        yield Words(shown=shown, failed=failed_maps(table, findings), judged=judged)
        yield check
        yield from shown


SECTION = Section("heatmaps", lambda study: study.contents.table(HEATMAPS), _blocks)
