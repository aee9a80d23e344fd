"""The tables that a comparison leaves in its folder, read back: all that its page is made of."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from pleura.compare.differences import PAIRED, WHOLE
from pleura.compare.outcomes import STRUCTURE
from pleura.csv_file import read_csv
from pleura.errors import InputError
from pleura.evaluate.at_home import metrics_of_task
from pleura.evaluate.few import scarce_of
from pleura.evaluate.metric import Metric
from pleura.evaluate.number_metrics import measures as number_measures
from pleura.report.findings import Estimate
from pleura.report.measures import measures as case_measures
from pleura.report.nouns import CLASS, FINDING, GRADE, RANGE, Noun
from pleura.tables import write_table

SETTINGS = "comparison.json"
AGAIN = "give the same `pleura compare` again, which writes this folder anew"
TABLES: Mapping[str, tuple[str, ...]] = {
    "differences": ("how", "recipe", "metric", "class", "verdict"),
    "overlap": ("study", "other"),
    "shared_images": (
        *("image", "image_first", "image_second", "patient_first", "patient_second", "why"),
    ),
    "settings": ("recipe", "key", "first", "second"),
    "case_mix": ("column", "group"),
    "costs": ("recipe", "measure"),
    "delivered": ("how", "recipe", "metric", "class", "verdict"),
}
"""The tables of a comparison, and their columns of text."""
NOUNS: Mapping[str, Noun] = {
    "findings": FINDING,
    "grades": GRADE,
    "numbers": RANGE,
    "segmentation": STRUCTURE,
}


@dataclass(frozen=True)
class Row:
    """One metric of one recipe at one fraction, over all classes or of one: both values, the second
    less the first, and what may be said of that. Sizes are of the first and the second."""

    how: str
    recipe: str
    fraction: float
    metric: Metric
    first: Estimate
    second: Estimate
    difference: Estimate
    p: float
    p_holm: float
    verdict: str
    patients: tuple[int, int]
    images: tuple[int, int]
    seeds: tuple[int, int]


@dataclass(frozen=True)
class Compared:
    """What the folder of a comparison holds: `facts` are those of comparison.json, `tables` the
    tables by name."""

    folder: Path
    facts: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]

    @property
    def names(self) -> tuple[str, str]:
        """What the studies are called."""
        first, second = self.facts["names"]
        return str(first), str(second)

    @property
    def noun(self) -> Noun:
        """What classes are called."""
        return NOUNS.get(str(self.facts["task"]), CLASS)

    @property
    def level(self) -> float:
        """Of all intervals."""
        return float(self.facts["level"])

    @property
    def main(self) -> str:
        """By which way the verdict is: `PAIRED` or `SEPARATE`."""
        return str(self.facts["main"])

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """The records of the metrics, the primary one first."""
        number, task = self.facts["number"], str(self.facts["task"])
        every: Mapping[str, Metric] = metrics_of_task(task)
        if task == "numbers":
            every = number_measures(number["unit"], float(number["spread"]))
        elif task == "segmentation":
            every = case_measures(number["unit"])
        return {name: every[name] for name in self.facts["metrics"]}

    @property
    def primary(self) -> Metric:
        """The metric of the verdict."""
        return next(iter(self.metrics.values()))

    @property
    def ways(self) -> list[str]:
        """The ways in which the studies are compared, that of the verdict first."""
        there = dict.fromkeys(self.tables["differences"]["how"])
        return [self.main, *(way for way in there if way != self.main)]

    def rows(self, how: str, metric: str, of: str = "") -> list[Row]:
        """By one metric over all classes, or of one class: recipes in the order of the tables at
        each fraction, baselines last."""
        table = self.tables["differences"]
        whose = table["class"].isin(WHOLE) if not of else table["class"] == of
        rows = table[(table["how"] == how) & (table["metric"] == metric) & whose]
        every = [*self._rows(rows)]
        return sorted(every, key=lambda row: row.recipe in self.facts["baselines"])

    def delivered(self, how: str) -> list[Row]:
        """Every metric over all classes of the models that the studies hand over."""
        table = self.tables["delivered"]
        return [*self._rows(table[(table["how"] == how) & table["class"].isin(WHOLE)])]

    def scarce(self, fewest: int, how: str) -> list[dict[str, int]]:
        """Of which classes, and findings with and without, fewer patients test than `fewest`, or in
        all: in the first study and in the second, or once where both have the same images."""
        counted: Mapping[str, list[Mapping[str, int]]] = self.facts.get("of_class") or {}
        return [scarce_of(each, fewest) for each in counted.get(how) or []]

    def fractions(self, how: str) -> list[float]:
        """The fractions that both studies have, the smallest first."""
        table = self.tables["differences"]
        return sorted({float(each) for each in table.loc[table["how"] == how, "fraction"]})

    def _rows(self, rows: pd.DataFrame) -> Iterator[Row]:
        for row in rows.to_dict("records"):
            metric = self.metrics[row["metric"]]
            values = (_estimate(row, *names).scaled(metric) for names in ENDS)
            first, second, difference = values
            sizes = (
                (int(row[f"{what}_first"]), int(row[f"{what}_second"]))
                for what in ("patients", "images", "seeds")
            )
            told = (row["p"], row["p_holm"], row["verdict"])
            where = row["how"], row["recipe"], float(row["fraction"]), metric
            yield Row(*where, first, second, difference, *told, *sizes)

    def is_baseline(self, recipe: str) -> bool:
        """Whether a recipe is a pixel baseline."""
        return recipe in self.facts["baselines"]

    @property
    def paired(self) -> bool:
        """Whether the verdict is of the test images of both."""
        return self.main == PAIRED


ENDS = (
    ("first", "first_low", "first_high"),
    ("second", "second_low", "second_high"),
    ("difference", "low", "high"),
)


def _estimate(row: Mapping[Any, Any], value: str, low: str, high: str) -> Estimate:
    return Estimate(float(row[value]), float(row[low]), float(row[high]))


def read_comparison(folder: Path) -> Compared:
    """Read the folder of a comparison. Raises InputError naming what is missing or damaged."""
    path = folder / SETTINGS
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        facts["names"], facts["level"], facts["metrics"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: gone or damaged ({error}); {AGAIN}") from error
    tables = {}
    for name, text in TABLES.items():
        where = folder / f"{name}.csv"
        try:
            read = read_csv(where, text, dtype=dict.fromkeys(text, str))
        except InputError as error:
            raise InputError(f"{where}: cannot be read; {AGAIN}", [error.heading]) from error
        rest = [column for column in read if column not in text]
        numbers = {column: pd.to_numeric(read[column], errors="coerce") for column in rest}
        tables[name] = read.assign(**{str(column): its for column, its in numbers.items()})
    return Compared(folder, facts, tables)


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write every table."""
    for name, table in tables.items():
        write_table(folder / f"{name}.csv", table)
