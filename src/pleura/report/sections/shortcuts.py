"""Whether the answer may come from something else than disease: the frame, or the source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from pleura.data.hidden import FRAME
from pleura.data.shortcut_settings import LungCrop
from pleura.evaluate.regions import LOST, by_region
from pleura.evaluate.sources import ACROSS, FALL, WITHIN, by_source
from pleura.report import cells
from pleura.report.classification import ClassifierFolder, ClassifierStudy
from pleura.report.figures.rows import Mark, Panel, interval_rows
from pleura.report.findings import GUESSING, MACRO, NOTHING, Estimates, Findings, estimates
from pleura.report.looks import INK
from pleura.report.lung_crops import cropping_of
from pleura.report.nouns import CLASS, Noun
from pleura.report.numbers import METRICS, Metric, capital, decimal, listing
from pleura.report.section import (
    Blocks,
    Cautions,
    Section,
    Words,
    naming_the_model,
    unheaded,
    warn,
    worded,
)
from pleura.report.sections.sources_of_classes import source_caution
from pleura.report.study import F, Study, merged
from pleura.report.table import Cell, Table, table_of

SHOWN = {
    "whole": Mark("o", INK, label="Whole image"),
    "centre": Mark("s", "#006CA8", label="Frame hidden"),
    "frame": Mark("D", "#B4480C", "w", label="Frame only"),
}
SOURCES = {
    ACROSS: "Across sources / AUROC between {}",
    WITHIN: "Within sources / AUROC between {}",
    FALL: "Difference / across − within",
}
TOLD = 2  # recipes in a warning; the table names them all


@dataclass(frozen=True)
class Shortcuts:
    """What recipes tell at the largest fraction, by `metric`, which is `guessing` where they tell
    nothing: `regions` by (recipe, class or "macro", what is shown), of numbers all as "macro".

    AUROC by source: `sources` by (recipe, across or within sources), `pairs` by pair of classes the
    sources that hold both; `single`: every source holds one class only; `unclear`: sources are too
    small. `subject` is what is told where that is no class. `crop` says how images are cropped to
    their lungs: the frame is then that of what is left of them."""

    regions: Estimates = field(default_factory=dict)
    sources: Estimates = field(default_factory=dict)
    pairs: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    single: bool = False
    unclear: bool = False
    metric: Metric = METRICS["auroc"]
    guessing: float = GUESSING
    subject: str = ""
    crop: LungCrop | None = None

    @property
    def lung_in_frame(self) -> bool:
        """Whether images are so cropped that lung lies in their frame."""
        return self.crop is not None and self.crop.shows_lung_within(FRAME)

    @property
    def title(self) -> str:
        """What table and figure of the regions show."""
        return f"{capital(self.metric.label)} by the part of the image that is shown"


def find_shortcuts(
    predictions: pd.DataFrame, findings: Findings, crop: LungCrop | None = None
) -> Shortcuts:
    """Evaluate what the predictions of the largest fraction tell of shortcuts; `crop` says how
    images are cropped to their lungs."""
    largest, level = findings.fractions[-1], findings.level
    regions = by_region(predictions, fraction=largest, level=level)
    sources = by_source(predictions, fraction=largest, level=level)
    return Shortcuts(
        regions=estimates(regions, "recipe", "class", "shown"),
        sources=estimates(sources.table, "recipe", "shown"),
        pairs=sources.pairs,
        single=sources.single,
        unclear=sources.several and not sources.pairs and not sources.single,
        crop=crop,
    )


def warnings(shortcuts: Shortcuts, findings: Findings) -> Cautions:
    """What gives reason to doubt that a recipe learned disease: of the frame serious where it alone
    tells as much as all the rest, and no lung lies in it because images are cropped."""
    frames = [lost for name in findings.looks if (lost := _lost(shortcuts, findings, name))]
    for serious in (True, False):
        if recipes := [text for as_much, text in frames if as_much == serious]:
            yield warn(
                "shortcuts",
                "frame",
                serious=serious and not shortcuts.lung_in_frame,
                all=serious,
                cropped=shortcuts.crop is not None,
                lung=shortcuts.lung_in_frame,
                recipes=_some(recipes),
                subject=shortcuts.subject or findings.noun.apart,
                metric=shortcuts.metric.label,
            )
    fallen = [
        f"{recipe} ({decimal(shortcuts.sources[recipe, ACROSS].value)} across, "
        f"{decimal(shortcuts.sources[recipe, WITHIN].value)} within)"
        for recipe in findings.looks
        if shortcuts.sources.get((recipe, FALL), NOTHING).low > 0
    ]
    if fallen:
        yield warn("shortcuts", "fallen", recipes=_some(fallen))
    if shortcuts.single:
        yield warn("shortcuts", "single")
    if shortcuts.unclear:
        yield warn("shortcuts", "unclear", serious=False)


def warnings_of_model(shortcuts: Shortcuts, findings: Findings) -> Cautions:
    """The `warnings` of a model that is handed over, and one where it is not shown to tell anything
    once the frame is hidden, although what the frame alone tells is open."""
    yield from warnings(shortcuts, findings)
    for name in findings.looks:
        whole, centre, frame, drop = (
            shortcuts.regions.get((name, MACRO, part), NOTHING) for part in (*SHOWN, LOST)
        )
        if drop.low > 0 and max(centre.low, frame.low) <= shortcuts.guessing:
            metric = shortcuts.metric
            ends = {"whole": whole, "centre": centre, "frame": frame}
            words: dict[str, Any] = {part: metric.decimal(of.value) for part, of in ends.items()}
            words |= {f"{part}_ends": metric.interval(of.low, of.high) for part, of in ends.items()}
            words |= {"recipe": name, "metric": metric.label}
            yield warn("shortcuts", "hidden", **words, cropped=shortcuts.crop is not None)


def _some(recipes: Sequence[str]) -> str:
    more = f"; and {len(recipes) - TOLD} more" if len(recipes) > TOLD else ""
    return "; ".join(recipes[:TOLD]) + more


def _lost(shortcuts: Shortcuts, findings: Findings, recipe: str) -> tuple[bool, str] | None:
    """Of the class, or "macro", that loses most without the frame, which alone is better than
    guessing: whether the frame tells as much as the rest, and the recipe with its values. None
    where there is no such class."""
    lost, written = [], shortcuts.metric.decimal
    for name in (MACRO, *findings.classes):
        whole, centre, frame = (
            shortcuts.regions.get((recipe, name, part), NOTHING) for part in SHOWN
        )
        drop = shortcuts.regions.get((recipe, name, LOST), NOTHING)
        if drop.low > 0 and frame.low > shortcuts.guessing:
            values = (
                f"{recipe}{'' if name == MACRO else f' for {name}'} "
                f"({written(whole.value)} whole, {written(centre.value)} without it, "
                f"{written(frame.value)} from it alone)"
            )
            lost.append((drop.value, (frame.value >= centre.value, values)))
    return max(lost, key=lambda each: each[0])[1] if lost else None


def region_table(shortcuts: Shortcuts, findings: Findings) -> Table | None:
    """The metric on the whole image, without its frame and of its frame alone, by class."""
    names = (MACRO, *(findings.classes if len(findings.classes) > 2 else ()))
    metric, of_classes = shortcuts.metric, [findings.noun.column] * bool(findings.classes)
    rows = [
        [
            cells.recipe(recipe, findings),
            *[Cell(name)] * len(of_classes),
            *(
                cells.estimate(shortcuts.regions[recipe, name, shown], metric)
                for shown in (*SHOWN, LOST)
            ),
        ]
        for recipe in findings.looks
        for name in names
        if (recipe, name, LOST) in shortcuts.regions
    ]
    parts = " | ".join(f"{mark.label} / {metric.label}" for mark in SHOWN.values())
    shown = f"{parts} | Lost / without the frame"
    return table_of(shortcuts.title, rows, "Recipe", *of_classes, shown)


def within_only(shortcuts: Shortcuts) -> bool:
    """Whether across and within sources are one: all images that count come from one source."""
    ends = shortcuts.sources
    return all(ends[name, ACROSS] == ends[name, WITHIN] for name, shown in ends if shown == FALL)


def source_table(shortcuts: Shortcuts, findings: Findings) -> Table | None:
    """AUROC between classes across sources and within them; within alone where both are one."""
    columns, title = SOURCES, "AUROC across and within sources"
    if within_only(shortcuts):
        columns, title = {WITHIN: SOURCES[WITHIN]}, "AUROC within a source"
    rows = [
        [
            cells.recipe(recipe, findings),
            *(cells.estimate(shortcuts.sources[recipe, shown]) for shown in columns),
        ]
        for recipe in findings.looks
        if (recipe, FALL) in shortcuts.sources
    ]
    names = [each.format(findings.noun.several) for each in columns.values()]
    return table_of(title, rows, "Recipe", *names)


def pairs_told(shortcuts: Shortcuts, noun: Noun = CLASS) -> str:
    """`normal and lobar (north, south)`: which classes and sources count; of findings `effusion
    (north, south)`."""
    both = "{} and {}" if noun.single else "{}"  # of a finding the other is that it is absent
    pairs = [f"{both.format(*pair)} ({', '.join(of)})" for pair, of in shortcuts.pairs.items()]
    return listing(pairs)


def region_figure(shortcuts: Shortcuts, findings: Findings) -> Figure | None:
    """A row a recipe with three intervals; None where nothing was predicted of parts."""
    names = [name for name in findings.looks if (name, MACRO, "frame") in shortcuts.regions]
    rows = [
        [
            (shortcuts.regions.get((name, MACRO, shown), NOTHING), mark)
            for shown, mark in SHOWN.items()
        ]
        for name in names
    ]
    metric, line = shortcuts.metric, shortcuts.guessing
    label = f"{metric.title} ({'dashed' if line else 'upright line'}: guessing)"
    panel = Panel(rows, label=label, line=line, metric=metric)
    return interval_rows(names, [panel], [*SHOWN.values()]) if names else None


def _of_model_alone(study: ClassifierStudy) -> Shortcuts:
    assert study.model
    return _found(study.model.contents, study.findings)


def _found(contents: ClassifierFolder, findings: Findings) -> Shortcuts:
    return find_shortcuts(contents.predictions, findings, cropping_of(contents.data))


def find_with_the_model(study: ClassifierStudy) -> Shortcuts:
    """What the predictions of recipes tell, and those of the model that is handed over; of sources
    only where they are of the same pairs of classes."""
    recipes = _found(study.recipes.contents, study.recipes.findings)
    if study.model is None:
        return recipes
    model = study.evaluate(_of_model_alone)
    if dict(model.pairs) != dict(recipes.pairs):
        model = replace(model, sources={}, pairs={})
    both: Shortcuts = merged(recipes, model)
    return both


def blocks(study: Study[F], shortcuts: Shortcuts) -> Blocks:
    if regions := region_table(shortcuts, study.findings):
        description = f"{shortcuts.title}; numbers in the table"
        yield Words("regions")
        yield unheaded("regions", description, region_figure(shortcuts, study.findings))
        yield regions
    noun = study.findings.noun
    words = {"pairs_told": pairs_told(shortcuts, noun), "within_only": within_only(shortcuts)}
    yield from worded("sources", source_table(shortcuts, study.findings), **words)


def _cautions(study: ClassifierStudy, shortcuts: Shortcuts) -> Cautions:
    # Where classes come from one source, that says it already.
    single = shortcuts.single and not source_caution(study.recipes.contents)
    return warnings(replace(shortcuts, single=single), study.recipes.findings)


def _of_model(study: ClassifierStudy, _: Shortcuts) -> list[str]:
    model = study.evaluate(_of_model_alone)
    cautions = warnings_of_model(model, study.looks_at_the_model_alone())
    return naming_the_model(study, cautions)


SECTION = Section("shortcuts", find_with_the_model, blocks, _cautions, _of_model, warns=30)
