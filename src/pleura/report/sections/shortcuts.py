"""Whether the answer may come from something else than disease: the frame, or the source."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd
from matplotlib.figure import Figure

from pleura.evaluate.regions import LOST, by_region
from pleura.evaluate.sources import ACROSS, FALL, WITHIN, by_source
from pleura.report.classification import ClassifierFolder
from pleura.report.figures.rows import Mark, Panel, interval_rows
from pleura.report.findings import NOTHING, Estimate, Estimates, Findings, estimates
from pleura.report.looks import INK
from pleura.report.numbers import MISSING, decimal, listing
from pleura.report.section import Block, Caution, Figures, Section, Words
from pleura.report.sections.sources_of_classes import source_caution
from pleura.report.study import Study, joined
from pleura.report.table import NAN, Cell, Column, Table, headings, measured, recipe_cell, table_of

GUESSING = 0.5
SHOWN = {"whole": "Whole image", "centre": "Frame hidden", "frame": "Frame only"}
MARKS = (
    Mark("o", INK, label="Whole image"),
    Mark("s", "#006CA8", label="Frame hidden"),
    Mark("D", "#B4480C", "w", label="Frame only"),
)
SAYS_NOTHING = 0.8  # width of an interval of an AUROC, or of a difference of two, from which on
TOLD = 2  # recipes in a warning; the table names them all


@dataclass(frozen=True)
class Shortcuts:
    """AUROC at the largest fraction: `regions` by (recipe, class or "macro", what is shown),
    `sources` by (recipe, across or within sources), `pairs` by pair of classes the sources that
    hold both; `single`: every source holds one class only; `unclear`: sources are too small."""

    regions: Estimates = field(default_factory=dict)
    sources: Estimates = field(default_factory=dict)
    pairs: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    single: bool = False
    unclear: bool = False


def find_shortcuts(predictions: pd.DataFrame, findings: Findings) -> Shortcuts:
    """Evaluate what the predictions of the largest fraction tell of shortcuts."""
    largest, level = findings.fractions[-1], findings.level
    regions = by_region(predictions, fraction=largest, level=level)
    sources = by_source(predictions, fraction=largest, level=level)
    return Shortcuts(
        regions=estimates(regions, "recipe", "class", "shown"),
        sources=estimates(sources.table, "recipe", "shown"),
        pairs=sources.pairs,
        single=sources.single,
        unclear=sources.several and not sources.pairs and not sources.single,
    )


def warnings(shortcuts: Shortcuts, findings: Findings) -> list[tuple[str, bool]]:
    """What gives reason to doubt that a recipe learned disease: sentences, and whether serious."""
    found = [*_of_the_frame(shortcuts, findings), *_of_sources(shortcuts, findings)]
    if shortcuts.single:
        single = (
            "Every source holds test images of one class only. A model may tell sources apart "
            "instead of disease, and nothing here can rule that out."
        )
        found.append((single, True))
    if shortcuts.unclear:
        unclear = (
            "No source has two test patients of each of two classes: how recipes do within a "
            "source is not known."
        )
        found.append((unclear, False))
    return found


def _of_the_frame(shortcuts: Shortcuts, findings: Findings) -> Iterator[tuple[str, bool]]:
    """Serious where the frame alone tells as much as all the rest."""
    told: dict[bool, list[str]] = {True: [], False: []}
    for recipe in findings.looks:
        name, shown = _most_lost(shortcuts, findings, recipe)
        if shown:
            whole, centre, frame = (decimal(estimate.value) for estimate in shown)
            of = "" if name == "macro" else f" for {name}"
            told[shown[2].value >= shown[1].value].append(
                f"{recipe}{of} ({whole} whole, {centre} without it, {frame} from it alone)"
            )
    for serious, recipes in told.items():
        if recipes:
            knows = "as much as the rest or more" if serious else "better than guessing"
            text = (
                f"The outer 15 % along every edge tells the classes apart {knows}, and hiding it "
                f"costs AUROC: {_some(recipes)}. Side markers, text and borders lie there, and in "
                "tight crops lung: look at the images."
            )
            yield text, serious


def _of_sources(shortcuts: Shortcuts, findings: Findings) -> Iterator[tuple[str, bool]]:
    fallen = [
        f"{recipe} ({decimal(shortcuts.sources[recipe, ACROSS].value)} across, "
        f"{decimal(shortcuts.sources[recipe, WITHIN].value)} within)"
        for recipe in findings.looks
        if shortcuts.sources.get((recipe, FALL), NOTHING).low > 0
    ]
    if fallen:
        text = (
            f"AUROC is lower within sources than across them: {_some(fallen)}. Telling sources "
            "apart may pass for a diagnosis here, or their cases differ in difficulty."
        )
        yield text, True


def _some(recipes: Sequence[str]) -> str:
    more = f"; and {len(recipes) - TOLD} more" if len(recipes) > TOLD else ""
    return "; ".join(recipes[:TOLD]) + more


def _most_lost(shortcuts: Shortcuts, findings: Findings, recipe: str) -> tuple[str, list[Estimate]]:
    """The class, or "macro", that loses most without the frame, which alone is better than
    guessing; whole, without the frame, the frame alone. No estimates where there is none."""
    lost: list[tuple[float, str, list[Estimate]]] = []
    for name in ("macro", *findings.classes):
        shown = [shortcuts.regions.get((recipe, name, part), NOTHING) for part in SHOWN]
        drop = shortcuts.regions.get((recipe, name, LOST), NOTHING)
        if drop.low > 0 and shown[2].low > GUESSING:
            lost.append((drop.value, name, shown))
    if not lost:
        return "", []
    _, name, shown = max(lost, key=lambda found: found[0])
    return name, shown


def region_table(shortcuts: Shortcuts, findings: Findings) -> Table | None:
    """AUROC on the whole image, without its frame and of its frame alone, by class."""
    names = ("macro", *(findings.classes if len(findings.classes) > 2 else ()))
    rows = [
        [
            recipe_cell(recipe, findings),
            Cell(name),
            *(measured(shortcuts.regions[recipe, name, shown], "auroc") for shown in SHOWN),
            measured(shortcuts.regions[recipe, name, LOST], "auroc"),
        ]
        for recipe in findings.looks
        for name in names
        if (recipe, name, LOST) in shortcuts.regions
    ]
    columns = [
        *headings("Recipe | Class / against the rest"),
        *(Column(title, "AUROC") for title in SHOWN.values()),
        Column("Lost", "without the frame"),
    ]
    return table_of("AUROC by the part of the image that is shown", columns, rows)


def within_only(shortcuts: Shortcuts) -> bool:
    """Whether across and within sources are one: all images that count come from one source."""
    ends = shortcuts.sources
    return all(ends[name, ACROSS] == ends[name, WITHIN] for name, shown in ends if shown == FALL)


def source_table(shortcuts: Shortcuts, findings: Findings) -> Table | None:
    """AUROC between classes across sources and within them; within alone where both are one."""
    columns = {
        ACROSS: Column("Across sources", "AUROC between classes"),
        WITHIN: Column("Within sources", "AUROC between classes"),
        FALL: Column("Difference", "across − within"),
    }
    title = "AUROC across and within sources"
    if within_only(shortcuts):
        columns, title = {WITHIN: columns[WITHIN]}, "AUROC within a source"
    rows = [
        [
            recipe_cell(recipe, findings),
            *(_if_it_tells(shortcuts.sources[recipe, shown]) for shown in columns),
        ]
        for recipe in findings.looks
        if (recipe, FALL) in shortcuts.sources
    ]
    return table_of(title, [Column("Recipe"), *columns.values()], rows)


def _if_it_tells(estimate: Estimate) -> Cell:
    """A value with its interval, or neither where the interval leaves everything open."""
    if estimate.high - estimate.low < SAYS_NOTHING:
        return measured(estimate, "auroc")
    return Cell(MISSING, "too few patients", order=NAN)


def pairs_told(shortcuts: Shortcuts) -> str:
    """`normal and lobar (north, south)`: which classes and sources count."""
    return listing([f"{i} and {j} ({', '.join(of)})" for (i, j), of in shortcuts.pairs.items()])


def region_figure(shortcuts: Shortcuts, findings: Findings) -> Figure | None:
    """A row a recipe with three intervals; None where nothing was predicted of parts."""
    names = [name for name in findings.looks if (name, "macro", "frame") in shortcuts.regions]
    rows = [
        [
            (shortcuts.regions.get((name, "macro", shown), NOTHING), mark)
            for shown, mark in zip(SHOWN, MARKS, strict=True)
        ]
        for name in names
    ]
    panel = Panel(rows, label="Macro AUROC (dashed: guessing)", line=GUESSING)
    return interval_rows(names, [panel], MARKS) if names else None


def _of_model_alone(study: Study[ClassifierFolder]) -> Shortcuts:
    assert study.model
    return find_shortcuts(study.model.contents.predictions, study.findings)


def find_with_the_model(study: Study[ClassifierFolder]) -> Shortcuts:
    """What the predictions of recipes tell, and those of the model that is handed over; of sources
    only where they are of the same pairs of classes."""
    found = find_shortcuts(study.recipes.contents.predictions, study.recipes.findings)
    if study.model is None:
        return found
    its = study.found(_of_model_alone)
    if dict(its.pairs) != dict(found.pairs):
        its = replace(its, sources={}, pairs={})
    both: Shortcuts = joined(found, its)
    return both


def _blocks(study: Study[ClassifierFolder], found: Shortcuts) -> Iterator[Block]:
    if regions := region_table(found, study.findings):
        description = "AUROC by the part of the image that is shown; numbers in the table"
        yield Words("regions")
        if figure := region_figure(found, study.findings):
            yield Figures("regions", [("", description, figure)])
        yield regions
    if sources := source_table(found, study.findings):
        yield Words("sources", pairs_told=pairs_told(found), within_only=within_only(found))
        yield sources


def cautions(shortcuts: Shortcuts, contents: ClassifierFolder, findings: Findings) -> list[Caution]:
    """The warnings of a study; where classes come from one source, that says it already."""
    single = shortcuts.single and not source_caution(contents)
    found = warnings(replace(shortcuts, single=single), findings)
    return [Caution(text, serious) for text, serious in found]


def _of_model(study: Study[ClassifierFolder], _: Shortcuts) -> list[str]:
    found = warnings(study.found(_of_model_alone), study.looks_at_the_model_alone())
    # Of sources in general the study's own cautions tell.
    return [text for text, _ in found if study.model and study.model.name in text]


SECTION = Section(
    "shortcuts",
    find_with_the_model,
    _blocks,
    lambda study, found: cautions(found, study.recipes.contents, study.recipes.findings),
    _of_model,
    warns=30,
)
