"""What the card of a model tells of the test part of its study: metrics with their limits, and the
thresholds that validation chose. A model that left its study is held against that."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pleura.evaluate import findings, grades
from pleura.evaluate.decision import TARGETS, rates_at
from pleura.evaluate.intervals import summarise
from pleura.evaluate.jackknife import patient_groups
from pleura.evaluate.metric import Metric
from pleura.evaluate.metrics import METRICS, Metrics
from pleura.evaluate.number_metrics import METRICS as OF_NUMBERS
from pleura.evaluate.numbers import summarise_numbers
from pleura.evaluate.predicted_runs import PredictedRun, read_runs
from pleura.evaluate.transport import (
    AT_HOME,
    DIFFERENCES,
    HERE,
    HOME,
    THRESHOLDS,
    independent_difference,
    thresholds_of,
)
from pleura.tables import NUMBER

FIELD = "at_home"  # of a card
RATES = ("sensitivity", "specificity")
SIZES = ("patients", "images")
LIMITS = ("value", "low", "high")
LARGEST = 1e300


def metrics_of_classes(task: str) -> Metrics:
    """The records of the metrics of a task that predicts probabilities, in the order of tables."""
    by_task = {"findings": findings.METRICS, "grades": grades.METRICS}
    return by_task.get(task, METRICS)


def metrics_of_task(task: str) -> Mapping[str, Metric]:
    """The records of the metrics of any task, in the order of tables."""
    return OF_NUMBERS if task == "numbers" else metrics_of_classes(task)


def for_card(predictions: pd.DataFrame, task: str, *, level: float = 0.95) -> dict[str, Any]:
    """What a card tells, by the predictions of one training on its validation and its test part, as
    it is handed over."""
    if NUMBER in predictions:
        summary, chosen = summarise_numbers(predictions, level=level), []
    else:
        metrics = [*metrics_of_classes(task).values()]
        summary = summarise(predictions, level=level, metrics=metrics)
        chosen = _chosen(predictions, level)
    named = summary[["metric", "class", *LIMITS]].to_dict("records")
    sizes = {name: int(summary[name].max()) for name in SIZES}
    every = [{name: _plain(value) for name, value in row.items()} for row in named]
    return {**sizes, "level": level, "metrics": every, "thresholds": chosen}


def _chosen(predictions: pd.DataFrame, level: float) -> list[dict[str, Any]]:
    """The thresholds that validation chose for a sensitivity, and what they gave on test."""
    table, validation = read_runs(predictions), predictions[predictions["part"] == "validation"]
    if validation.empty:
        return []
    (run,), (by,) = table.runs, read_runs(validation.assign(part="test")).runs
    rows = []
    for target in TARGETS:
        at = thresholds_of(by, target)
        rates = rates_at([run], at[None], patient_groups([run]), level=level)
        for number, name in enumerate(table.names):
            told = {rate: [*map(_plain, rates[rate, number])] for rate in RATES}
            row = {"target": target, "class": name, "threshold": _plain(at[number])}
            rows.append({**row, **told})
    return rows


def metrics_at_home(card: Mapping[str, Any]) -> pd.DataFrame:
    """The metrics that a card tells, as `summarise` gives them; empty where it tells none."""
    told = card.get(FIELD) or {}
    table = pd.DataFrame(told.get("metrics") or [], columns=["metric", "class", *LIMITS])
    numbers = table[[*LIMITS]].apply(pd.to_numeric, errors="coerce")
    sizes = {name: told.get(name, 0) for name in SIZES}
    return table.assign(**{name: numbers[name] for name in LIMITS}, **sizes)


def differences_to_card(
    here: pd.DataFrame, home: pd.DataFrame, metrics: Mapping[str, Metric]
) -> pd.DataFrame:
    """Every metric of the summary `here` less that of a card, by their limits alone; without p."""
    keys = ["metric", "class"]
    both = here.merge(home, on=keys, suffixes=("", "_home"))
    rows: list[tuple[object, ...]] = []
    for row in both.to_dict("records"):
        if row["metric"] not in metrics:
            continue
        one, two = ([row[f"{name}{end}"] for name in LIMITS] for end in ("", "_home"))
        limits = independent_difference((one[0], one[1], one[2]), (two[0], two[1], two[2]))
        rows.append((row["metric"], row["class"], *limits, np.nan, np.nan))
    return pd.DataFrame(rows, columns=DIFFERENCES)


def thresholds_by_card(
    card: Mapping[str, Any], here: PredictedRun, classes: Sequence[str], *, level: float = 0.95
) -> pd.DataFrame:
    """Rates at the thresholds that a card tells: those on the test part, and those here; columns as
    of `transport.thresholds_here`."""
    rows: list[tuple[object, ...]] = []
    told = (card.get(FIELD) or {}).get("thresholds") or []
    for target in dict.fromkeys(row["target"] for row in told):
        its = {row["class"]: row for row in told if row["target"] == target}
        if set(classes) - set(its):
            continue
        chosen = np.array([_number(its[name]["threshold"]) for name in classes])
        for name, value in zip(classes, chosen, strict=True):
            rows.append((target, name, AT_HOME, "threshold", "", value, value, value))
            rows += [
                (target, name, AT_HOME, rate, HOME, *map(_number, its[name][rate]))
                for rate in RATES
            ]
        rates = rates_at([here], chosen[None], patient_groups([here]), level=level)
        rows += [
            (target, classes[at], AT_HOME, rate, HERE, *limits)
            for (rate, at), limits in rates.items()
        ]
    return pd.DataFrame(rows, columns=THRESHOLDS)


def _plain(value: Any) -> Any:
    """A value for JSON: null for a number that is none, or infinite."""
    if isinstance(value, str):
        return value
    number = float(value)
    return number if math.isfinite(number) and abs(number) < LARGEST else None


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
