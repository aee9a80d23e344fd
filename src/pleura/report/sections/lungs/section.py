"""The section on the lungs: its tables, its figure and its images."""

from collections.abc import Iterator

from matplotlib.figure import Figure

from pleura.evaluate.attention import METHODS
from pleura.evaluate.hidden_lungs import CAUSAL
from pleura.report.classification import ClassifierFolder
from pleura.report.figures.rows import Mark, Panel, interval_rows
from pleura.report.findings import Findings, estimates
from pleura.report.folder import TableFile
from pleura.report.gallery import PANEL_NUMBERS, PANEL_TEXT, galleries
from pleura.report.numbers import decimal
from pleura.report.section import Block, Figures, Section, Words, tables
from pleura.report.sections.lungs.found import (
    ALL,
    MACRO,
    LungFindings,
    find_lungs,
    lung_cautions,
    lung_facts,
)
from pleura.report.sections.lungs.tables import attention_table, class_table, hidden_table
from pleura.report.study import Study

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
    means = lungs.means[(lungs.means["masks"] == ALL) & (lungs.means["measure"] == "inside - area")]
    maps, auroc = estimates(means, "recipe", "method"), lungs.hidden[ALL].auroc
    rows = {}
    for name, look in findings.looks.items():
        cost = auroc.get((name, MACRO, CAUSAL))
        own = Mark(look.marker, look.colour)
        mine = [(maps[name, how], mark) for how, mark in MARKS.items() if (name, how) in maps]
        if cost or mine:
            rows[name] = [(cost, own)] if cost else [], mine
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


def find_with_the_model(study: Study[ClassifierFolder]) -> LungFindings | None:
    """What hiding the lungs costs recipes and the model that is handed over, and where heat maps
    lie."""
    return study.with_the_model(find_lungs)


def _blocks(study: Study[ClassifierFolder], lungs: LungFindings) -> Iterator[Block]:
    contents, findings = study.contents, study.findings
    yield Words("facts", facts=lung_facts(lungs, study.recipes.contents, findings))
    figure = lung_figure(lungs, findings)
    description = "Cost of hiding the lungs, and heat maps in them; numbers in the tables"
    figures = Figures("lungs", [("", description, figure)] if figure else [])
    every = [hidden_table(lungs, findings, masks) for masks in lungs.masks]
    if hidden := list(tables([*every, class_table(lungs, findings)])):
        yield Words("hidden")
        yield figures
        yield from hidden
    if maps := list(tables(attention_table(lungs, findings, masks) for masks in lungs.masks)):
        yield Words("heading")
        if not hidden:
            yield figures
        yield Words("attention")
        yield from maps
    images = galleries(
        contents,
        PANELS,
        findings,
        700,
        alt="with its lungs and heat map",
        said=lambda row: (
            f"; {decimal(row['inside'])} of the map in the lungs, {decimal(row['area'])} of the "
            "area"
            f"{'; the mask is doubtful' * (row['doubtful'] == 'True')}"
        ),
    )
    if images:
        yield Words("images")
        yield from images


def _of_model(study: Study[ClassifierFolder], lungs: LungFindings) -> list[str]:
    # Of masks in general the study's own cautions tell.
    found = lung_cautions(lungs, study.looks_at_the_model_alone())
    return [each.text for each in found if study.model and study.model.name in each.text]


SECTION = Section(
    "lungs",
    find_with_the_model,
    _blocks,
    lambda study, lungs: lung_cautions(lungs, study.recipes.findings),
    _of_model,
    warns=40,
)
