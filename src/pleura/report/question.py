"""What a study file asks of its tables, and the findings that answer it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

import pandas as pd

from pleura.errors import InputError
from pleura.report.findings import WHOLE, Findings
from pleura.report.looks import Look, assign_looks
from pleura.report.nouns import CLASS, Noun
from pleura.report.numbers import Metric


class Question(TypedDict):
    """What a study file asks: every recipe against the `reference` in the primary `metric`, "as
    good" within a `margin` in the metric's own unit, with limits at a `level`."""

    reference: str
    metric: Metric
    margin: float
    level: float


def question_of(
    study: Mapping[str, Any], measures: Mapping[str, Metric], table: pd.DataFrame, path: Path
) -> Question:
    """What a study file asks of the `table` at `path`; the first of `measures` is the primary one
    where it names none. Raises InputError for a metric or a reference that is not there, and for a
    margin or a level that is none."""
    reference, name = str(study["reference"]), str(study.get("metric") or next(iter(measures)))
    if name not in measures:
        raise InputError(f"study.yaml: no metric {name!r}; choose one of {', '.join(measures)}")
    if reference not in (recipes := set(table["recipe"])):
        raise InputError(
            f"{path} has no rows of the reference {reference!r} named in study.yaml; it has "
            f"{', '.join(sorted(recipes))}"
        )
    margin = _number(study, "margin", 0.01, 0, float("inf"))
    level = _number(study, "level", 0.95, 0.5, 1)
    return Question(reference=reference, metric=measures[name], margin=margin, level=level)


def _number(study: Mapping[str, Any], key: str, usual: float, low: float, high: float) -> float:
    """A number of a study file, from `low` to below `high`. Raises InputError for another."""
    given = study.get(key, usual)
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise InputError(f"study.yaml: {key} must be a number, not {given!r}")
    if not low <= given < high:
        below = f" to below {high:g}" if high < float("inf") else " on"
        raise InputError(f"study.yaml: {key} must be from {low:g}{below}, not {given!r}")
    return float(given)


def findings_of(
    asked: Question,
    summary: pd.DataFrame,
    comparisons: pd.DataFrame,
    runs: pd.DataFrame,
    classes: tuple[str, ...],
    noun: Noun = CLASS,
) -> Findings:
    """What a study found. Values are as the page writes them; `runs` says what is a baseline."""
    baselines = set(runs.loc[runs["kind"] == "baseline", "recipe"])
    return Findings(
        summary=summary,
        comparisons=comparisons,
        looks=order_looks(summary, asked["metric"], baselines, asked["reference"]),
        fractions=tuple(sorted(float(fraction) for fraction in set(summary["fraction"]))),
        classes=classes,
        noun=noun,
        **asked,
    )


def order_looks(
    summary: pd.DataFrame, metric: Metric, baselines: set[str], reference: str
) -> dict[str, Look]:
    """Looks of all recipes, best first by `metric` at the largest fraction, baselines at the end.

    Colours go by the recipes' names, not by rank, so that they stay when a result changes.
    """
    whole = summary[(summary["metric"] == metric.name) & summary["class"].isin(WHOLE)]
    ranked = whole.sort_values(
        ["fraction", "value", "recipe"], ascending=[False, not metric.higher_is_better, True]
    )
    names = list(dict.fromkeys(ranked["recipe"]))
    recipes = sorted(name for name in names if name not in baselines)
    looks = assign_looks(recipes, sorted(set(names) - set(recipes)), reference)
    return {name: looks[name] for name in sorted(names, key=lambda n: n in baselines)}
