"""The tables that an evaluation leaves in its folder, read back: all that its page is made of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from pleura.csv_file import read_csv
from pleura.errors import InputError
from pleura.evaluate.at_home import metrics_of_task
from pleura.evaluate.few import scarce_of
from pleura.evaluate.metric import Metric
from pleura.evaluate.number_metrics import measures
from pleura.evaluate.transport import HERE, HOME
from pleura.external.units import IMAGE
from pleura.report.findings import NOTHING, WHOLE, Estimate, Estimates, estimates
from pleura.report.nouns import CLASS, FINDING, GRADE, RANGE, Noun
from pleura.tables import NUMBER, PREDICTION_TEXT, write_table

PREDICTIONS, SETTINGS, KNOWN = "predictions.csv", "evaluation.json", "known"
FRAMES = "frames.csv"  # predictions of single images, where clips or patients are judged
AGAIN = "give the same `pleura evaluate` again, which writes this folder anew"
TABLES: Mapping[str, tuple[str, ...]] = {
    "metrics": ("where", "metric", "class"),
    "differences": ("metric", "class"),
    "calibration": ("measure", "shown"),
    "calibration_at_home": ("measure", "shown"),
    "reliability": ("class", "shown"),
    "recalibration": ("measure", "shown"),
    "map": ("parameter",),
    "thresholds": ("class", "chosen", "measure", "where"),
    "sets": ("question", "answer", "measure", "where"),
    "label_shift": ("class", "measure"),
    "flagged": ("class",),
    "subgroup_metrics": ("column", "group", "metric", "class"),
    "subgroup_differences": ("column", "group", "other", "metric", "class"),
    KNOWN: ("row", "image", "patient", "by", "part", "text"),
}
"""The tables of an evaluation, and their columns of text."""
NEEDED = ("metrics",)
NOUNS: Mapping[str, Noun] = {"findings": FINDING, "grades": GRADE, "numbers": RANGE}


@dataclass(frozen=True)
class Evaluated:
    """What the folder of an evaluation holds: `facts` are those of evaluation.json, `tables` those
    that are there, by name."""

    folder: Path
    facts: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    predictions: pd.DataFrame

    @property
    def card(self) -> Mapping[str, Any]:
        """What the card of the model tells."""
        card: Mapping[str, Any] = self.facts["card"]
        return card

    @property
    def task(self) -> str:
        """The task of the model."""
        return str(self.card.get("task") or "classification")

    @property
    def by(self) -> str:
        """What is judged: image, clip or patient."""
        return str(self.facts.get("by") or self.facts.get("unit", IMAGE))  # of earlier versions

    @property
    def noun(self) -> Noun:
        """What its classes are called."""
        return NOUNS.get(self.task, CLASS)

    @property
    def classes(self) -> tuple[str, ...]:
        """Its classes or findings; none of numbers."""
        return () if self.task == "numbers" else tuple(self.card["classes"])

    @property
    def level(self) -> float:
        """Of all intervals."""
        return float(self.facts["level"])

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """The records of its metrics, in the order of tables; errors of numbers in their unit."""
        if self.task != "numbers":
            return metrics_of_task(self.task)
        spread = float(self.predictions[NUMBER].astype(float).std())
        unit = str((self.card.get("calibration") or {}).get("unit") or "")
        return measures(unit, spread)

    @property
    def primary(self) -> Metric:
        """The metric of the verdict: the first of the task."""
        return next(iter(self.metrics.values()))

    @property
    def has_home(self) -> bool:
        """Whether it is known how the model did on the test part of its study."""
        return "differences" in self.tables

    def table(self, name: str) -> pd.DataFrame:
        """A table; empty where it is not there."""
        return self.tables.get(name, pd.DataFrame())

    @cached_property
    def _values(self) -> Estimates:
        return estimates(_overall(self.table("metrics")), "where", "metric", "class")

    @cached_property
    def _differences(self) -> Estimates:
        if not self.has_home:
            return {}
        return estimates(_overall(self.table("differences")), "metric", "class")

    def value(self, metric: str, of: str = "", where: str = HERE) -> Estimate:
        """A metric over all classes, or of one."""
        return self._values.get((where, metric, of), NOTHING)

    def at_home(self, metric: str, of: str = "") -> Estimate:
        """The same on the test part of the study; nan where that is not known."""
        return self.value(metric, of, HOME)

    def difference(self, metric: str, of: str = "") -> Estimate:
        """Here less at home."""
        return self._differences.get((metric, of), NOTHING)

    def p(self, metric: str, of: str = "", *, holm: bool = False) -> float:
        """The p of that difference, by itself or after Holm's correction for all."""
        if not self.has_home:
            return float("nan")
        table = _overall(self.table("differences"))
        row = table[(table["metric"] == metric) & (table["class"] == of)]
        return float(row["p_holm" if holm else "p"].iloc[0]) if len(row) else float("nan")

    def scarce(self, fewest: int, where: str = HERE) -> dict[str, int]:
        """The classes, and findings with and without, of which fewer patients are here, or at
        home, the scarcest first."""
        number: Mapping[str, int] = (self.facts.get("of_class") or {}).get(where) or {}
        return scarce_of(number, fewest)

    def sizes(self, where: str = HERE) -> tuple[int, int]:
        """Patients and images behind the metrics."""
        table = self.table("metrics")
        its = table[table["where"] == where]
        return (int(its["patients"].max()), int(its["images"].max())) if len(its) else (0, 0)


def _overall(table: pd.DataFrame) -> pd.DataFrame:
    """With "" for what is over all classes."""
    return table.assign(**{"class": table["class"].where(~table["class"].isin(WHOLE), "")})


def read_evaluation(folder: Path) -> Evaluated:
    """Read the folder of an evaluation. Raises InputError naming what is missing or damaged."""
    path = folder / SETTINGS
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        facts["card"]["classes"], facts["level"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: gone or damaged ({error}); {AGAIN}") from error
    tables = {}
    for name, text in TABLES.items():
        where = folder / f"{name}.csv"
        if not where.is_file():
            if name in NEEDED:
                raise InputError(f"{where}: is missing; {AGAIN}")
            continue
        try:
            read = read_csv(where, text, dtype=dict.fromkeys(text, str))
        except InputError as error:
            raise InputError(f"{where}: cannot be read; {AGAIN}", [error.heading]) from error
        rest = [column for column in read if column not in text]
        numbers = read[rest].apply(pd.to_numeric, errors="coerce") if rest else read[rest]
        tables[name] = read.assign(**{str(column): numbers[column] for column in rest})
    predictions = read_csv(
        folder / PREDICTIONS,
        ("image", "patient"),
        dtype=dict.fromkeys((*PREDICTION_TEXT, "set", "recalibration"), str),
    )
    return Evaluated(folder, facts, tables, predictions)


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write every table, and take away those of an evaluation before that this one has not."""
    for name in TABLES:
        if name not in tables:
            (folder / f"{name}.csv").unlink(missing_ok=True)
    for name, table in tables.items():
        write_table(folder / f"{name}.csv", table)
