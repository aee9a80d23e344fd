"""Every recipe that both studies have: the first, the second, and the difference."""

from collections.abc import Iterator

import numpy as np

from pleura.compare.differences import PAIRED
from pleura.compare.figures import name_of
from pleura.compare.sections.part import Blocks, Part
from pleura.compare.tables import Compared, Row
from pleura.compare.verdict import margin_of, same_patients, shared_patients
from pleura.report import cells
from pleura.report.numbers import capital, count, of_labels, setting
from pleura.report.section import Group, Text
from pleura.report.table import NOTHING_KNOWN, Cell, Column, Table
from pleura.report.verdict import TONES

TITLES = {True: "On the test images of both, paired", False: "Each on its own test part"}


def blocks(compared: Compared) -> Blocks:
    """The differences by the primary metric, the other way, and all metrics."""
    yield Text(_told(compared))
    for way in compared.ways:
        for fraction in reversed(compared.fractions(way)):
            table = _table(compared, way, fraction)
            if way == compared.main:
                yield table
            else:
                yield Group(table.title, [Text(_other(compared, way)), table], folded=True)
    for way in compared.ways:
        fraction = compared.fractions(way)[-1]
        tables = [*_every_metric(compared, way, fraction)]
        title = f"Every metric, {of_labels(fraction)}: {TITLES[way == PAIRED].lower()}"
        yield Group(title, tables, folded=True)
    several = len(compared.fractions(compared.main)) > 1
    for name in compared.facts["classes"]:
        rows = compared.rows(compared.main, compared.primary.name, name)
        if rows:
            title = f"{capital(compared.noun.one)} “{name}”, {compared.primary.label}"
            told = [[Cell(name_of(row, several=several)), *_values(compared, row)] for row in rows]
            table = Table.of(title, told, "Recipe", *_columns(compared))
            yield Group(title, [table], folded=True)


def _told(compared: Compared) -> str:
    first, second = compared.names
    level = f"{100 * compared.level:.4g} %"
    margin = margin_of(compared)
    good = f"“as good” means that the interval lies above −{setting(margin)}. " if margin else ""
    how = (
        f"Differences are “{second}” less “{first}” on the test images that both have: the same "
        "images, paired by patient, mean over the seeds of both; a seed that one has alone is left "
        "out. "
        if compared.paired
        else f"Differences are “{second}” less “{first}”, each on its own test part. "
        f"{_samples(compared)} "
    )
    return (
        f"{how}Limits are of {level} intervals over patients and seeds. p after Holm is corrected "
        f"for all recipes and fractions. {good}Green or red: shown after that correction."
    )


def _samples(compared: Compared) -> str:
    """How two test parts that are judged each by itself hang together."""
    if same_patients(compared):
        return "The patients are the same, and each is paired with the same one of the other study."
    if shared := shared_patients(compared):
        return (
            f"{count(shared, 'patient')} in both are paired with themselves; all others are in one "
            "alone, and count as independent."
        )
    return "The patients are others, so that the two samples count as independent."


def _other(compared: Compared, way: str) -> str:
    if way == PAIRED:
        return (
            "Test images of both studies alone: too few for the verdict, but the same images for "
            "both models."
        )
    first, second = compared.names
    others = "" if same_patients(compared) else ", of whom the other has not tested all"
    return (
        f"Each study on all of its own test images and patients{others}: “{second}” less "
        f"“{first}”, with no image paired."
    )


def _table(compared: Compared, way: str, fraction: float) -> Table:
    rows = [row for row in compared.rows(way, compared.primary.name) if row.fraction == fraction]
    first, second = rows[0].patients
    whom = (
        count(second, "patient") if way == PAIRED else f"{first:,} and {count(second, 'patient')}"
    )
    title = f"{TITLES[way == PAIRED]}, {of_labels(fraction)}: {whom}"
    return _rows_table(compared, title, rows)


def _rows_table(compared: Compared, title: str, rows: list[Row]) -> Table:
    told = [
        [
            Cell(row.recipe),
            *_values(compared, row),
            Cell(row.verdict, tone=_tone(compared, row)),
        ]
        for row in rows
    ]
    return Table.of(title, told, "Recipe", *_columns(compared), "Verdict")


def _columns(compared: Compared) -> list[Column]:
    first, second = compared.names
    return [
        Column(first),
        Column(second),
        Column("Difference", "second less first"),
        Column("p", "this one alone"),
        Column("p", "after Holm"),
    ]


def _values(compared: Compared, row: Row) -> Iterator[Cell]:
    for value in (row.first, row.second):
        known = np.isfinite(value.value)
        yield cells.estimate(value, row.metric) if known else NOTHING_KNOWN
    if not np.isfinite(row.difference.value):
        yield NOTHING_KNOWN
    else:
        yield cells.estimate(row.difference, row.metric, sign=True, tone=_tone(compared, row))
    yield cells.p(row.p)
    yield cells.p(row.p_holm)


def _tone(compared: Compared, row: Row) -> str:
    """Baselines stay neutral: what they reach is no success of a study."""
    if compared.is_baseline(row.recipe) or row.verdict == "as good":
        return ""
    return TONES.get(row.verdict, "")


def _every_metric(compared: Compared, way: str, fraction: float) -> Iterator[Table]:
    every = [
        row
        for metric in compared.metrics
        for row in compared.rows(way, metric)
        if row.fraction == fraction
    ]
    for recipe in dict.fromkeys(row.recipe for row in every):
        its = [row for row in every if row.recipe == recipe]
        told = [[Cell(row.metric.title), *_values(compared, row)] for row in its]
        yield Table.of(recipe, told, "Metric", *_columns(compared))


PART = Part("results", "Results", "Recipes of both studies", blocks)
