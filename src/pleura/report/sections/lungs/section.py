"""The section on the lungs: its tables, its figure and its images."""

from itertools import product

from matplotlib.figure import Figure

from pleura.evaluate.attention import HIRES, METHODS
from pleura.evaluate.hidden_lungs import CAUSAL
from pleura.report.classification import ClassifierStudy
from pleura.report.figures.rows import Mark, Panel, interval_rows
from pleura.report.findings import MACRO, Findings
from pleura.report.folder import TableFile
from pleura.report.gallery import PANEL_NUMBERS, PANEL_TEXT, galleries
from pleura.report.numbers import decimal, listing
from pleura.report.prose import EVERY
from pleura.report.section import Blocks, Section, Words, naming_the_model, tables, unheaded
from pleura.report.sections.lungs.dependence import (
    ALL,
    LungFindings,
    find_lungs,
    lung_cautions,
    lung_facts,
)
from pleura.report.sections.lungs.tables import attention_table, class_table, hidden_table

PANELS = TableFile(
    "panels/attention_panels.csv", (*PANEL_TEXT, "doubtful"), (*PANEL_NUMBERS, "inside", "area")
)
MARKS = {
    method: Mark(marker, colour, label=f"right: {method}")
    for method, marker, colour in zip(METHODS, "oD", ("#006CA8", "#B4480C"), strict=True)
}


def lung_figure(lungs: LungFindings, findings: Findings) -> Figure | None:
    """A row a recipe, whatever its masks. Left: AUROC with the same shape hidden elsewhere less
    that with the lungs hidden. Right: share of the map in the lungs less their share of the area.

    None where neither is known.
    """
    means, auroc, rows = lungs.means, lungs.hidden[ALL].auroc, {}
    for name, look in findings.looks.items():
        cost = auroc.get((name, MACRO, CAUSAL))
        keys = {(ALL, name, method, "inside - area"): mark for method, mark in MARKS.items()}
        maps = [(means[key], mark) for key, mark in keys.items() if key in means]
        if cost or maps:
            rows[name] = [(cost, Mark(look.marker, look.colour))] if cost else [], maps
    left = Panel(
        [one for one, _ in rows.values()],
        "Cost of the lungs",
        "Macro AUROC: same shape hidden elsewhere − lungs hidden",
        line=0,
    )
    right = Panel(
        [other for _, other in rows.values()],
        "Heat maps in the lungs",
        "Share of the map − share of the area (0: chance)",
        line=0,
    )
    return interval_rows(list(rows), [left, right], list(MARKS.values())) if rows else None


def coarse_maps(lungs: LungFindings, findings: Findings) -> list[str]:
    """`Grad-CAM of “frozen” (3 × 3) and “trained” (3 × 3)`: the maps that are left out."""
    coarse: dict[str, list[str]] = {}
    for method, name in product(METHODS, findings.looks):
        if (name, method) in lungs.coarse:
            coarse.setdefault(method, []).append(f"“{name}” ({lungs.grids[name, method]})")
    return [f"{method} of {listing(names, EVERY)}" for method, names in coarse.items()]


def _blocks(study: ClassifierStudy, lungs: LungFindings) -> Blocks:
    contents, findings = study.contents, study.findings
    yield Words("facts", facts=lung_facts(lungs, study.recipes.contents, findings))
    description = "Cost of hiding the lungs, and heat maps in them; numbers in the tables"
    figure = unheaded("lungs", description, lung_figure(lungs, findings))
    every = [hidden_table(lungs, findings, masks) for masks in lungs.hidden]
    if hidden := list(tables([*every, class_table(lungs, findings)])):
        yield Words("hidden")
        yield figure
        yield from hidden
    maps = list(tables(attention_table(lungs, findings, masks) for masks in lungs.hidden))
    if maps or lungs.coarse:
        yield Words("heading")
        if not hidden:
            yield figure
        if lungs.coarse:
            yield Words("coarse", maps=coarse_maps(lungs, findings))
    if maps:
        yield Words("attention")
        yield from maps
    panels = contents.table(PANELS)
    coarse = [recipe for recipe, method in lungs.coarse if method == HIRES]
    images = galleries(
        contents.with_table(PANELS, panels[~panels["recipe"].isin(coarse)]),
        PANELS,
        findings,
        700,
        alt="with its lungs and heat map",
        said=lambda row: (
            f"; {decimal(row['inside'])} of the map in the lungs, {decimal(row['area'])} of the "
            f"area{'; the mask is doubtful' * (row['doubtful'] == 'True')}"
        ),
    )
    if images:
        yield Words("images")
        yield from images


def _of_model(study: ClassifierStudy, lungs: LungFindings) -> list[str]:
    return naming_the_model(study, lung_cautions(lungs, study.looks_at_the_model_alone()))


SECTION = Section(
    "lungs",
    lambda study: study.with_the_model(find_lungs),
    _blocks,
    lambda study, lungs: lung_cautions(lungs, study.recipes.findings),
    _of_model,
    warns=40,
)
