"""Results by clip and by patient: the frames' mean, and attention where it was trained."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pleura.errors import InputError
from pleura.evaluate.compare import compare, holm
from pleura.evaluate.intervals import summarise
from pleura.evaluate.pooling import UNITS, Unit, pool, unit_names
from pleura.report.classification import ClassifierFolder
from pleura.report.findings import NOTHING, Estimate, Estimates, Findings, estimates
from pleura.report.folder import TableFile
from pleura.report.numbers import count, listing, p_value
from pleura.report.section import Block, Section, Words
from pleura.report.study import Study
from pleura.report.table import (
    NOTHING_KNOWN,
    Cell,
    Column,
    Table,
    estimate_cell,
    headings,
    measured,
    recipe_cell,
    table_of,
)
from pleura.tables import read_predictions, require_columns

MEASURES = {"auroc": "AUROC", "accuracy": "Accuracy"}
FRAME = "frame"


def _read(path: Path) -> pd.DataFrame:
    table = read_predictions(path)
    require_columns(table, ("unit", "pooling"), path, "columns missing:")
    return table


CLIPS = TableFile("clips.csv", read=_read)


@dataclass(frozen=True)
class Against:
    """Recipe minus reference, with p corrected over all recipes and measures of its unit."""

    difference: Estimate
    p_holm: float


@dataclass(frozen=True)
class Clips:
    """At the largest fraction: `mean` by (recipe, unit, metric), where the unit is a frame, clip or
    patient, and `numbers` of test units; differences to the reference, `against`, by unit;
    `attention` as `mean`, with the mean of the same runs as `beside` it and their paired
    `difference` in AUROC by (recipe, unit). `notes`: what is missing.
    """

    measures: Mapping[str, str]
    mean: Estimates
    numbers: Mapping[str, int]
    against: Mapping[str, Mapping[Any, Against]]
    attention: Estimates
    beside: Estimates
    difference: Mapping[tuple[str, str], Estimate]
    notes: tuple[str, ...]

    @property
    def frame(self) -> str:
        """What one image is called: a frame where videos are known."""
        return "frame" if "clip" in self.numbers else "image"


def find_clips(contents: ClassifierFolder, findings: Findings) -> Clips | None:
    """Pool the test predictions of the largest fraction; None where each patient has one image."""
    largest = findings.fractions[-1]
    test = contents.predictions[contents.predictions["part"] == "test"]
    test = test[test["fraction"] == largest]
    numbers = {FRAME: test["image"].nunique()}
    numbers |= {unit: len(set(unit_names(test, unit))) for unit in UNITS}
    if numbers["patient"] == numbers[FRAME]:
        return None
    if "video" not in test or (test["video"] == "").all() or numbers["clip"] == numbers[FRAME]:
        del numbers["clip"]
    shown = {name: title for name, title in MEASURES.items() if name in contents.metrics}
    mean: Estimates = {
        (recipe, FRAME, metric): findings.estimate(recipe, largest, metric)
        for recipe in findings.looks
        for metric in shown
    }
    notes: list[str] = []
    trained = contents.table(CLIPS)
    if not trained.empty:
        at_test = (trained["part"] == "test") & (trained["fraction"] == largest)
        trained = trained[at_test & trained["recipe"].isin(list(findings.looks))]
    against: dict[str, Mapping[Any, Against]] = {}
    attention, beside = Estimates(), Estimates()
    difference: dict[tuple[str, str], Estimate] = {}
    for unit in [unit for unit in UNITS if unit in numbers]:
        pooled = pool(test, unit)
        numbers[unit] -= len(pooled.mixed)
        notes += _left_out(unit, pooled.mixed, hide_names=contents.hides_names)
        mean |= _summarised(pooled.table, unit, findings.level, notes)
        compared = pooled.table["recipe"].isin([*findings.recipes, *findings.baselines])
        against[unit] = against_reference(pooled.table[compared], shown, findings)
        if not trained.empty:
            here = trained[trained["unit"] == unit]
            by_pooling = dict(iter(here.groupby("pooling")))
            attention |= _summarised(by_pooling["attention"], unit, findings.level, notes)
            beside |= _summarised(by_pooling["mean"], unit, findings.level, notes)
            difference |= _differences(here, unit, findings.level)
    told = tuple(dict.fromkeys(notes))
    return Clips(shown, mean, numbers, against, attention, beside, difference, told)


def _left_out(unit: Unit, mixed: Sequence[str], *, hide_names: bool) -> list[str]:
    if not mixed:
        return []
    verb = "has" if len(mixed) == 1 else "have"
    names = "" if hide_names else f": {listing(list(mixed), shown=3)}"
    left = f"{count(len(mixed), unit)} with images of several labels {verb} no one label"
    return [f"{left} and {'is' if len(mixed) == 1 else 'are'} left out by {unit}{names}."]


def _summarised(table: pd.DataFrame, unit: Unit, level: float, notes: list[str]) -> Estimates:
    try:
        summary = summarise(table, level=level)
    except InputError as error:
        why = (*error.problems, error.heading)[0]
        notes.append(f"Results by {unit} cannot be told: {why}.")
        return {}
    whole = summary[summary["class"].isin(["macro", "all"]) & summary["metric"].isin(MEASURES)]
    return estimates(whole.assign(unit=unit), "recipe", "unit", "metric")


def _differences(table: pd.DataFrame, unit: Unit, level: float) -> dict[tuple[str, str], Estimate]:
    """AUROC of attention minus that of the mean, by recipe."""
    found = {}
    for recipe, mine in table.groupby("recipe"):
        try:
            compared = compare(mine.assign(recipe=mine["pooling"]), reference="mean", level=level)
        except InputError:  # said by `_summarised`
            continue
        low_to_high = compared[["difference", "low", "high"]].iloc[0]
        found[str(recipe), str(unit)] = Estimate(*low_to_high.astype(np.float64))
    return found


def clip_table(clips: Clips, findings: Findings) -> Table:
    """AUROC and accuracy of every recipe by frame, clip and patient."""
    title = "Results by " + listing([clips.frame, *(u for u in UNITS if u in clips.numbers)])
    columns = [
        Column(name, f"by {clips.frame if unit == FRAME else unit}, {number:,}")
        for name in clips.measures.values()
        for unit, number in clips.numbers.items()
    ]
    rows = [
        [
            recipe_cell(recipe, findings),
            *(
                measured(clips.mean.get((recipe, unit, metric), NOTHING), metric)
                for metric in clips.measures
                for unit in clips.numbers
            ),
        ]
        for recipe in findings.looks
    ]
    return Table(title, [Column("Recipe"), *columns], rows)


def attention_table(clips: Clips, findings: Findings) -> Table | None:
    """Attention beside the mean of the same runs; None where none was trained."""
    rows = [
        [
            recipe_cell(recipe, findings),
            Cell(unit),
            *(
                measured(values[recipe, unit, metric], metric)
                for metric in clips.measures
                for values in (clips.beside, clips.attention)
            ),
            estimate_cell(clips.difference.get((recipe, unit), NOTHING), sign=True),
        ]
        for recipe in findings.looks
        for unit in UNITS
        if (recipe, unit, "auroc") in clips.attention and (recipe, unit, "auroc") in clips.beside
    ]
    columns = [
        *headings("Recipe | By"),
        *(
            Column(name, how)
            for name in clips.measures.values()
            for how in ("mean of frames", "attention")
        ),
        Column("Difference", "AUROC, attention − mean"),
    ]
    return table_of("Attention over frames", columns, rows)


def against_reference(
    pooled: pd.DataFrame, metrics: Iterable[str], findings: Findings
) -> dict[Any, Against]:
    """Every other recipe and baseline against the reference, by (recipe, metric), on one unit's
    table of predictions; p is corrected over all of them (Holm 1979). Empty where that table cannot
    be evaluated."""
    tables = []
    for metric in metrics:
        try:
            compared = compare(
                pooled, reference=findings.reference, metric=metric, level=findings.level
            )
        except InputError:  # said with the values themselves
            return {}
        tables.append(compared)
    table = pd.concat(tables)
    adjusted = holm(table["p"].to_numpy(dtype=np.float64))
    found = estimates(table, "recipe", "metric").items()
    return {key: Against(of, float(p)) for (key, of), p in zip(found, adjusted, strict=True)}


def difference_table(
    against: Mapping[str, Mapping[Any, Against]],
    measures: Mapping[str, str],
    findings: Findings,
) -> Table | None:
    """Differences by unit and recipe on each of `measures`, named by their titles; None where there
    are none."""
    rows = [
        [
            recipe_cell(recipe, findings),
            Cell(unit),
            *(cell for metric in measures for cell in _cells(found, recipe, metric, findings)),
        ]
        for unit, found in against.items()
        for recipe in findings.looks
        if any(key[0] == recipe for key in found)
    ]
    columns = headings("Recipe | By")
    for title in measures.values():
        columns += [Column("Difference", title), Column("p", "after Holm")]
    return table_of(f"Differences to {findings.reference}", columns, rows)


def _cells(
    found: Mapping[Any, Against], recipe: str, metric: str, findings: Findings
) -> list[Cell]:
    against = found.get((recipe, metric))
    if against is None:
        return [NOTHING_KNOWN] * 2
    # Baselines stay neutral: what they reach is no success of a strategy.
    shown = against.p_holm < 1 - findings.level and recipe not in findings.baselines
    tone = ("good" if against.difference.value > 0 else "bad") if shown else ""
    difference = estimate_cell(against.difference, sign=True, tone=tone)
    return [difference, Cell(p_value(against.p_holm), order=against.p_holm)]


def _find(study: Study[ClassifierFolder]) -> Clips | None:
    return find_clips(study.contents, study.findings)


def _blocks(study: Study[ClassifierFolder], clips: Clips) -> Iterator[Block]:
    findings = study.findings
    yield Words()
    yield clip_table(clips, findings)
    if differences := difference_table(clips.against, clips.measures, findings):
        yield Words("differences")
        yield differences
    if attention := attention_table(clips, findings):
        yield Words("attention")
        yield attention
    if clips.notes:
        yield Words("notes")


SECTION = Section("clips", _find, _blocks)
