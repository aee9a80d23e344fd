"""What a model reached on the test part of its study, as tables of its card."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from pleura.deploy.hub.markdown import Ready, escaped, grid
from pleura.deploy.hub.origin import Origin
from pleura.deploy.hub.small import counted, is_small
from pleura.evaluate import at_home
from pleura.evaluate.case_metrics import CASE_METRICS
from pleura.evaluate.metric import Metric
from pleura.evaluate.reliability import AFTER, BEFORE, CHANCE, CLASSWISE
from pleura.report.findings import WHOLE, Estimate, in_words, written
from pleura.report.numbers import MISSING, capital, percent
from pleura.report.sections.subgroups.subgrouped import Subgrouped

BESIDE = ("f1", "balanced_accuracy", "mcc", "kappa")
COLUMNS = ("metric", "class", *at_home.LIMITS)


def metrics_of(origin: Origin, card: Mapping[str, Any]) -> pd.DataFrame:
    """Every metric of the model on test: `metric`, `class` ("macro" or "all" for all of them),
    `value`, `low`, `high`. By the tables of its study where these are at hand, or else by its
    card; without rows where neither tells."""
    study = origin.study
    if study is not None and study.model is not None:
        summary = study.judged.findings.summary
        rows = summary[summary["recipe"] == study.model.name]
        return rows[[*COLUMNS]].reset_index(drop=True)
    return at_home.metrics_at_home(card)[[*COLUMNS]]


def records_of(origin: Origin, card: Mapping[str, Any]) -> Mapping[str, Metric]:
    """What is known of these metrics, by name."""
    if origin.study is not None:
        return origin.study.judged.measures
    if card.get("task") == "segmentation":
        return CASE_METRICS
    return at_home.metrics_of_task(str(card.get("task")))


def level_of(origin: Origin, card: Mapping[str, Any]) -> float:
    """Of the intervals."""
    home = card.get(at_home.FIELD) or {}
    return float(origin.study.findings.level if origin.study else home.get("level", 0.95))


def primary(origin: Origin, table: pd.DataFrame, records: Mapping[str, Metric]) -> str:
    """What the model reaches in the metric that its study asks for, in a sentence; empty where
    that is not known."""
    name = origin.study.findings.metric.name if origin.study else next(iter(records))
    rows = table[(table["metric"] == name) & table["class"].isin(WHOLE)].to_dict("records")
    if not rows:
        return ""
    metric = records[name]
    return f"{metric.title} on test patients: {_both(_estimate(rows[0]), metric)}."


def shown(records: Mapping[str, Metric], origin: Origin) -> Mapping[str, Metric]:
    """The metrics that tables have room for: all but those that say the same as others, unless the
    study asks for one of them."""
    asked = origin.study.findings.metric.name if origin.study else ""
    return {name: its for name, its in records.items() if name == asked or name not in BESIDE}


def tabled(table: pd.DataFrame, records: Mapping[str, Metric], one: str) -> Ready:
    """The metrics of each class and over all of them, where there are several; `one` is what a
    class is called. Else a row for each metric."""
    over_all = table[table["class"].isin(WHOLE)].set_index("metric")
    whole = {str(name): _estimate(row) for name, row in over_all.to_dict("index").items()}
    rows = table[~table["class"].isin(WHOLE)]
    names = [*dict.fromkeys(rows["class"])]
    if len(names) < 2:
        told = [
            (metric.title, *_value(whole[name], metric))
            for name, metric in records.items()
            if name in whole
        ]
        return grid(("On test", "Value", "Interval"), told)
    there = {name: metric for name, metric in records.items() if name in set(rows["metric"])}
    value = {(row["metric"], row["class"]): _estimate(row) for row in rows.to_dict("records")}
    by_class = [
        [of, *(_both(value.get((name, of)), metric) for name, metric in there.items())]
        for of in names
    ]
    mean = [_both(whole.get(name), metric) for name, metric in there.items()]
    every = "all (macro)" if "macro" in set(over_all["class"]) else "all"
    text = grid(
        [capital(one), *(capital(metric.label) for metric in there.values())],
        [*by_class, [every, *mean]],
    )
    besides = [
        f"{metric.label} {_both(whole[name], metric)}"
        for name, metric in records.items()
        if name in whole and name not in there
    ]
    if not besides:
        return text
    return Ready(f"{text}\n\nOver all: {escaped('; '.join(besides))}.")


def by_subgroup(origin: Origin) -> Ready:
    """The primary metric in each subgroup that the study asks for; of a group of few patients
    nothing is told."""
    its: Subgrouped | None = origin.sections.get("subgroups")
    study = origin.study
    if its is None or study is None or study.model is None or study.model.name not in its.recipes:
        return Ready("")
    metric, name = study.findings.metric, study.model.name
    rows = []
    table = its.table[its.table["recipe"] == name].drop_duplicates(["column", "group"])
    for column, of in table.groupby("column", sort=False):
        sizes = counted(of["patients"].tolist())
        for group, patients, size in zip(of["group"], of["patients"], sizes, strict=True):
            estimate = its.values.get((name, column, group, *its.primary))
            known = estimate.scaled(metric) if estimate and not is_small(patients) else None
            rows.append((f"{column}: {group}", size, _both(known, metric)))
    return grid(("Subgroup", "Test patients", metric.title), rows)


def thresholds(card: Mapping[str, Any], one: str) -> Ready:
    """The thresholds that validation chose for a sensitivity, and the rates that they gave on
    test."""
    told = (card.get(at_home.FIELD) or {}).get("thresholds") or []
    rate = Metric("rate", "rate")
    rows = [
        (
            percent(row["target"]),
            row["class"],
            MISSING if row["threshold"] is None else rate.decimal(row["threshold"]),
            *(_both(_of(row[name]), rate) for name in at_home.RATES),
        )
        for row in told
    ]
    headings = "Sensitivity chosen", capital(one), "Threshold", "Sensitivity on test"
    return grid((*headings, "Specificity on test"), rows)


def calibration_error(origin: Origin) -> str:
    """The calibration error on test before and after, and by chance; empty where it is unknown."""
    its, study = origin.sections.get("probabilities"), origin.study
    name = study.model.name if study and study.model else ""
    if its is None or (name, CLASSWISE, AFTER) not in its.scores:
        return ""
    before, after, chance = (
        in_words(its.scores[name, CLASSWISE, shown]) for shown in (BEFORE, AFTER, CHANCE)
    )
    return (
        f"The calibration error on test is {after}, and was {before} as trained; probabilities "
        f"that are right would show {chance} on so few images."
    )


def _of(limits: list[float | None]) -> Estimate:
    value, low, high = (float("nan") if each is None else each for each in limits)
    return Estimate(value, low, high)


def _estimate(row: Mapping[Any, Any]) -> Estimate:
    return Estimate(float(row["value"]), float(row["low"]), float(row["high"]))


def _value(estimate: Estimate, metric: Metric) -> tuple[str, str]:
    return written(estimate, metric, unit=True)


def _both(estimate: Estimate | None, metric: Metric) -> str:
    unknown = estimate is None or math.isnan(estimate.value)
    return MISSING if unknown or estimate is None else in_words(estimate, metric)
