"""Results by clip and by patient: the frames' mean, and attention where it was trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pleura.errors import InputError
from pleura.evaluate.compare import compare
from pleura.evaluate.intervals import summarise
from pleura.evaluate.pooling import UNITS, Unit, pool, unit_names
from pleura.report.clip_differences import Against, against_reference
from pleura.report.findings import NOTHING, Estimate, Findings
from pleura.report.folder import StudyFolder
from pleura.report.numbers import count, listing
from pleura.report.results import measured
from pleura.report.table import Cell, Column, Table, recipe_cell

MEASURES = {"auroc": "AUROC", "accuracy": "Accuracy"}
FRAME = "frame"
Values = dict[tuple[str, str, str], Estimate]


@dataclass(frozen=True)
class Clips:
    """At the largest fraction: `mean` by (recipe, unit, metric), where the unit is a frame, clip or
    patient, and `numbers` of test units; differences to the reference, `against`, by unit;
    `attention` as `mean`, with the mean of the same runs as `beside` it and their paired
    `difference` in AUROC by (recipe, unit). `notes`: what is missing.
    """

    mean: Values
    numbers: Mapping[str, int]
    against: Mapping[str, Mapping[tuple[str, str], Against]]
    attention: Values
    beside: Values
    difference: Mapping[tuple[str, str], Estimate]
    notes: tuple[str, ...]

    @property
    def frame(self) -> str:
        """What one image is called: a frame where videos are known."""
        return "frame" if "clip" in self.numbers else "image"


def find_clips(contents: StudyFolder, findings: Findings) -> Clips | None:
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
    mean = {
        (recipe, FRAME, metric): findings.estimate(recipe, largest, metric)
        for recipe in findings.looks
        for metric in MEASURES
    }
    notes: list[str] = []
    trained = contents.clips
    if not trained.empty:
        at_test = (trained["part"] == "test") & (trained["fraction"] == largest)
        trained = trained[at_test & trained["recipe"].isin(list(findings.looks))]
    against: dict[str, Mapping[tuple[str, str], Against]] = {}
    attention, beside = Values(), Values()
    difference: dict[tuple[str, str], Estimate] = {}
    for unit in [unit for unit in UNITS if unit in numbers]:
        pooled = pool(test, unit)
        numbers[unit] -= len(pooled.mixed)
        notes += _left_out(unit, pooled.mixed, hide_names=contents.hides_names)
        mean |= _summarised(pooled.table, unit, findings.level, notes)
        compared = pooled.table["recipe"].isin([*findings.recipes, *findings.baselines])
        against[unit] = against_reference(pooled.table[compared], MEASURES, findings)
        if not trained.empty:
            here = trained[trained["unit"] == unit]
            by_pooling = dict(iter(here.groupby("pooling")))
            attention |= _summarised(by_pooling["attention"], unit, findings.level, notes)
            beside |= _summarised(by_pooling["mean"], unit, findings.level, notes)
            difference |= _differences(here, unit, findings.level)
    told = tuple(dict.fromkeys(notes))
    return Clips(mean, numbers, against, attention, beside, difference, told)


def _left_out(unit: Unit, mixed: Sequence[str], *, hide_names: bool) -> list[str]:
    if not mixed:
        return []
    verb = "has" if len(mixed) == 1 else "have"
    names = "" if hide_names else f": {listing(list(mixed), shown=3)}"
    left = f"{count(len(mixed), unit)} with images of several labels {verb} no one label"
    return [f"{left} and {'is' if len(mixed) == 1 else 'are'} left out by {unit}{names}."]


def _summarised(table: pd.DataFrame, unit: Unit, level: float, notes: list[str]) -> Values:
    try:
        summary = summarise(table, level=level)
    except InputError as error:
        why = (*error.problems, error.heading)[0]
        notes.append(f"Results by {unit} cannot be told: {why}.")
        return {}
    whole = summary[summary["class"].isin(["macro", "all"]) & summary["metric"].isin(MEASURES)]
    columns = ["recipe", "metric", "value", "low", "high"]
    return {
        (recipe, unit, metric): Estimate(value, low, high)
        for recipe, metric, value, low, high in whole[columns].itertuples(index=False, name=None)
    }


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
        for name in MEASURES.values()
        for unit, number in clips.numbers.items()
    ]
    rows = [
        [
            recipe_cell(recipe, look, findings.reference),
            *(
                measured(clips.mean.get((recipe, unit, metric), NOTHING), metric)
                for metric in MEASURES
                for unit in clips.numbers
            ),
        ]
        for recipe, look in findings.looks.items()
    ]
    return Table(title, [Column("Recipe", number=False), *columns], rows)


def attention_table(clips: Clips, findings: Findings) -> Table | None:
    """Attention beside the mean of the same runs; None where none was trained."""
    rows = [
        [
            recipe_cell(recipe, look, findings.reference),
            Cell(unit),
            *(
                measured(values[recipe, unit, metric], metric)
                for metric in MEASURES
                for values in (clips.beside, clips.attention)
            ),
            measured(clips.difference.get((recipe, unit), NOTHING), "auroc"),
        ]
        for recipe, look in findings.looks.items()
        for unit in UNITS
        if (recipe, unit, "auroc") in clips.attention and (recipe, unit, "auroc") in clips.beside
    ]
    columns = [
        Column("Recipe", number=False),
        Column("By", number=False),
        *(
            Column(name, how)
            for name in MEASURES.values()
            for how in ("mean of frames", "attention")
        ),
        Column("Difference", "AUROC, attention − mean"),
    ]
    return Table("Attention over frames", columns, rows) if rows else None
