"""Results by clip and by patient: the frames' mean, and attention where it was trained."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pleura.csv_file import require_columns
from pleura.errors import InputError
from pleura.evaluate.compare import compare, holm
from pleura.evaluate.intervals import summarise
from pleura.evaluate.metric import Metric
from pleura.evaluate.metrics import Metrics
from pleura.evaluate.pooling import UNITS, pool, unit_names
from pleura.report import cells
from pleura.report.classification import ClassifierStudy
from pleura.report.findings import (
    NOTHING,
    WHOLE,
    Comparison,
    Estimates,
    Findings,
    comparisons,
    estimates,
)
from pleura.report.folder import TableFile
from pleura.report.numbers import capital, listing
from pleura.report.prose import say
from pleura.report.section import Blocks, Section, Words, worded
from pleura.report.table import Cell, Column, Table, table_of
from pleura.tables import CALLED, LABEL, LOGIT, PREDICTION_COLUMNS, read_predictions

FRAME = "frame"
WAYS = {"mean": "mean of frames", "attention": "attention"}
POOLED = ("unit", "pooling")


def _read(path: Path) -> pd.DataFrame:
    table = read_predictions(path, also=POOLED)
    names = [str(name) for name in table]
    for kind in (LABEL, CALLED):  # of findings every one has such a column, or none
        if any(name.startswith(kind) for name in names):
            every = [
                f"{kind}{name.removeprefix(LOGIT)}" for name in names if name.startswith(LOGIT)
            ]
            require_columns(table, every, path)
    return table


CLIPS = TableFile("clips.csv", (*PREDICTION_COLUMNS, *POOLED), read=_read)
Compared = Mapping[tuple[str, str], Comparison]  # by (recipe, metric)


@dataclass(frozen=True)
class Clips:
    """At the largest fraction, in each of `metrics`: `values` by (recipe, unit, way, metric), where
    the unit is a frame, clip or patient, and the way "" for the predictions of the study, or one of
    `WAYS` for those of the runs with attention; `numbers` of test units; differences `against` the
    reference by unit; `gains`, the paired differences of attention minus mean in the first metric
    by (recipe, unit). `notes`: what is missing."""

    metrics: Metrics
    numbers: Mapping[str, int]
    values: Estimates
    against: Mapping[str, Compared]
    gains: Estimates
    notes: Sequence[str]

    @property
    def frame(self) -> str:
        """What one image is called: a frame where videos are known."""
        return "frame" if "clip" in self.numbers else "image"


def find_clips(study: ClassifierStudy) -> Clips | None:
    """Pool the test predictions of the largest fraction, and judge them by the metric that chose on
    validation and by accuracy; None where each patient has one image."""
    contents, findings = study.contents, study.findings
    largest, level = findings.fractions[-1], findings.level
    chosen = (study.by.name, "accuracy")
    metrics = {name: contents.metrics[name] for name in chosen if name in contents.metrics}
    test, trained = (
        table[(table["part"] == "test") & (table["fraction"] == largest)]
        for table in (contents.predictions, contents.table(CLIPS))
    )
    numbers = {FRAME: test["image"].nunique()}
    numbers |= {unit: len(set(unit_names(test, unit))) for unit in UNITS}
    if numbers["patient"] == numbers[FRAME]:
        return None
    if "video" not in test or (test["video"] == "").all() or numbers["clip"] == numbers[FRAME]:
        del numbers["clip"]
    values: Estimates = {
        (recipe, FRAME, "", name): findings.estimate(recipe, largest, name)
        for recipe in findings.looks
        for name in metrics
    }
    notes: list[str] = []
    against: dict[str, Compared] = {}
    gains = Estimates()
    for unit in [unit for unit in UNITS if unit in numbers]:
        pooled_test = pool(test, unit)
        numbers[unit] -= len(pooled_test.mixed)
        names = [] if contents.hides_names else list(pooled_test.mixed)
        notes.append(say("clips", "mixed", number=len(pooled_test.mixed), unit=unit, names=names))
        ranked = pooled_test.table["recipe"].isin([*findings.recipes, *findings.baselines])
        here = trained[(trained["unit"] == unit) & trained["recipe"].isin(list(findings.looks))]
        try:
            for way, table in (("", pooled_test.table), *here.groupby("pooling")):
                summary = summarise(table, level=level, metrics=[*metrics.values()])
                whole = summary[summary["class"].isin(WHOLE)].assign(unit=unit, way=way)
                values |= estimates(whole, "recipe", "unit", "way", "metric")
            every = metrics.values()
            against[unit] = compared(pooled_test.table[ranked], findings.reference, every, level)
            for recipe, mine in here.groupby("recipe"):
                ways = mine.assign(recipe=mine["pooling"])
                for gain in compared(ways, "mean", [*every][:1], level).values():
                    gains[recipe, unit] = gain.difference
        except InputError as error:
            why = (*error.problems, error.heading)[0]
            notes.append(f"Results by {unit} cannot be told: {why}.")
    return Clips(metrics, numbers, values, against, gains, [note for note in notes if note])


def compared(
    predictions: pd.DataFrame, reference: str, metrics: Iterable[Metric], level: float
) -> Compared:
    """Every other recipe and baseline against the reference, by (recipe, metric); p is corrected
    over all of them (Holm 1979). Raises InputError where the predictions cannot be evaluated."""
    table = pd.concat(
        compare(predictions, reference=reference, metric=metric, level=level) for metric in metrics
    )
    adjusted = holm(table["p"].to_numpy(dtype=np.float64))
    return comparisons(table.assign(p_holm=adjusted), "recipe", "metric")


def clip_table(clips: Clips, findings: Findings) -> Table:
    """Every metric of every recipe by frame, clip and patient."""
    title = "Results by " + listing([clips.frame, *(u for u in UNITS if u in clips.numbers)])
    columns = [
        Column(capital(metric.label), f"by {clips.frame if unit == FRAME else unit}, {number:,}")
        for metric in clips.metrics.values()
        for unit, number in clips.numbers.items()
    ]
    rows = [
        [
            cells.recipe(recipe, findings),
            *(
                cells.estimate(clips.values.get((recipe, unit, "", name), NOTHING), metric)
                for name, metric in clips.metrics.items()
                for unit in clips.numbers
            ),
        ]
        for recipe in findings.looks
    ]
    return Table.of(title, rows, "Recipe", *columns)


def attention_table(clips: Clips, findings: Findings) -> Table | None:
    """Attention beside the mean of the same runs; None where none was trained."""
    first = next(iter(clips.metrics.values()))
    rows = [
        [
            cells.recipe(recipe, findings),
            Cell(unit),
            *(
                cells.estimate(clips.values[recipe, unit, way, name], metric)
                for name, metric in clips.metrics.items()
                for way in WAYS
            ),
            cells.estimate(clips.gains[recipe, unit], first, sign=True),
        ]
        for recipe in findings.looks
        for unit in UNITS
        if (recipe, unit) in clips.gains
    ]
    return table_of(
        "Attention over frames",
        rows,
        "Recipe | By",
        *(Column(capital(m.label), way) for m in clips.metrics.values() for way in WAYS.values()),
        Column("Difference", f"{first.label}, attention − mean"),
    )


def difference_table(
    against: Mapping[str, Compared], metrics: Mapping[str, Metric], findings: Findings
) -> Table | None:
    """Differences to the reference by unit and recipe in each metric; None where there are none."""
    rows = []
    for unit, by_recipe in against.items():
        for recipe in [name for name in findings.looks if any(name == key[0] for key in by_recipe)]:
            row = [cells.recipe(recipe, findings), Cell(unit)]
            # Baselines stay neutral: what they reach is no success of a strategy.
            neutral = recipe in findings.baselines
            for name, metric in metrics.items():
                comparison = by_recipe.get((recipe, name))
                row += cells.difference(comparison, metric, findings, neutral=neutral)
            rows.append(row)
    columns = [f"Difference / {capital(each.label)} | p / after Holm" for each in metrics.values()]
    return table_of(f"Differences to {findings.reference}", rows, "Recipe | By", *columns)


def _blocks(study: ClassifierStudy, clips: Clips) -> Blocks:
    findings = study.findings
    yield Words()
    yield clip_table(clips, findings)
    yield from worded("differences", difference_table(clips.against, clips.metrics, findings))
    yield from worded("attention", attention_table(clips, findings))
    if clips.notes:
        yield Words("notes")


SECTION = Section("clips", find_clips, _blocks)
