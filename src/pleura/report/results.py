"""The tables of results: recipes, differences to the reference, classes, confusion matrices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.evaluate.confusion import confusion
from pleura.evaluate.metrics import softmax
from pleura.report.findings import Comparison, Estimate, Findings
from pleura.report.looks import Look
from pleura.report.numbers import (
    METRICS,
    MISSING,
    Metric,
    capital,
    duration,
    magnitude,
    of_labels,
    p_value,
)
from pleura.report.table import Cell, Column, Table, recipe_cell
from pleura.tables import LOGIT

SHOWN = ("auroc", "auprc", "accuracy", "balanced_accuracy", "f1", "log_loss", "brier")
BY_CLASS = ("auroc", "auprc", "sensitivity", "specificity", "f1")
AS_TRAINED = dict.fromkeys(("sensitivity", "specificity", "f1"), "as trained")
TONES = {"better": "good", "as good": "good", "worse": "bad"}


def measured(estimate: Estimate, metric: str) -> Cell:
    """A value of one of the `METRICS` with its interval beneath."""
    return estimate_cell(estimate, METRICS[metric])


def estimate_cell(estimate: Estimate, metric: Metric, *, sign: bool = False) -> Cell:
    """A value with its interval beneath."""
    return Cell(
        metric.decimal(estimate.value, sign=sign),
        metric.interval(estimate.low, estimate.high),
        order=estimate.value,
    )


def recipe_table(findings: Findings, runs: pd.DataFrame, fraction: float) -> Table:
    """Metrics, the primary one in any case, and the cost of every recipe and baseline at one
    fraction."""
    primary = findings.metric
    besides = [] if primary.name in SHOWN else [primary]
    columns = [
        Column("Recipe", number=False),
        Column("AUROC", "macro"),
        Column("AUPRC", "macro"),
        Column("Accuracy"),
        Column("Balanced", "accuracy"),
        Column("F1", "macro"),
        Column("Log-loss"),
        Column("Brier", "score"),
        *(Column(capital(metric.label), "macro" * metric.macro) for metric in besides),
        Column("Parameters"),
        Column("MACs", "an image"),
        Column("Training and tuning", "a run"),
        Column("Time", "an image"),
    ]
    here = runs[runs["fraction"] == fraction]
    rows = [
        [
            recipe_cell(name, look, findings.reference),
            *(measured(findings.estimate(name, fraction, m), m) for m in SHOWN),
            *(measured(findings.estimate(name, fraction, m.name), m.name) for m in besides),
            *cost_cells(here[here["recipe"] == name]),
        ]
        for name, look in findings.at(fraction).items()
    ]
    return Table(f"Recipes and baselines, {of_labels(fraction)}", columns, rows)


def cost_cells(runs: pd.DataFrame) -> list[Cell]:
    """Parameters, MACs, time of training and tuning, and of one image, of a recipe's runs."""
    columns = ["parameters", "parameters_trained", "macs", "tuning_seconds", "latency_ms"]
    means = {name: float(runs[name].mean()) for name in columns}
    trained = means["parameters_trained"]
    shown = "all" if trained == means["parameters"] else magnitude(trained)
    detail = f"{shown} trained" if np.isfinite(trained) else ""
    latency = means["latency_ms"]
    return [
        Cell(magnitude(means["parameters"]), detail, order=means["parameters"]),
        Cell(magnitude(means["macs"]), order=means["macs"]),
        Cell(duration(means["tuning_seconds"]), order=means["tuning_seconds"]),
        Cell(f"{latency:.1f} ms" if np.isfinite(latency) else MISSING, order=latency),
    ]


def comparison_table(findings: Findings, fraction: float) -> Table | None:
    """Every difference to the reference at one fraction; None where there is none."""
    metric = findings.metric
    rows = [
        [
            recipe_cell(comparison.recipe, findings.looks[comparison.recipe], findings.reference),
            Cell(
                metric.decimal(comparison.difference.value, sign=True),
                order=comparison.difference.value,
            ),
            Cell(
                metric.interval(comparison.difference.low, comparison.difference.high),
                order=comparison.difference.low,
            ),
            Cell(p_value(comparison.p), order=comparison.p),
            Cell(p_value(comparison.p_holm), order=comparison.p_holm),
            Cell(comparison.verdict, tone=_tone(comparison, findings)),
        ]
        for comparison in findings.compared(fraction)
    ]
    if not rows:
        return None
    columns = [
        Column("Recipe", number=False),
        Column("Difference", f"{findings.metric.label}, to {findings.reference}"),
        Column("Interval", f"{100 * findings.level:.4g} %"),
        Column("p", "this comparison alone"),
        Column("p", "after Holm"),
        Column("Verdict", number=False),
    ]
    return Table(f"Differences to {findings.reference}, {of_labels(fraction)}", columns, rows)


def _tone(comparison: Comparison, findings: Findings) -> str:
    """Baselines stay neutral: what they reach is no success of a strategy."""
    return "" if comparison.recipe in findings.baselines else TONES.get(comparison.verdict, "")


def class_table(findings: Findings, fraction: float) -> Table:
    """Sensitivity, specificity and the areas of each class at one fraction."""
    columns = [
        Column("Recipe", number=False),
        Column("Class", "against the rest", number=False),
        *(Column(capital(METRICS[name].label), AS_TRAINED.get(name, "")) for name in BY_CLASS),
    ]
    rows = [
        [
            recipe_cell(name, look, findings.reference),
            Cell(of),
            *(measured(findings.estimate(name, fraction, m, of), m) for m in BY_CLASS),
        ]
        for name, look in findings.at(fraction).items()
        for of in findings.classes
    ]
    return Table(f"Each class, {of_labels(fraction)}", columns, rows)


@dataclass(frozen=True)
class Confusion:
    """A confusion matrix; `counts` and `shares` are (classes, classes), rows the true class."""

    recipe: str
    look: Look
    counts: NDArray[np.float64]
    shares: NDArray[np.float64]


def confusions(
    predictions: pd.DataFrame, looks: Mapping[str, Look], classes: Sequence[str], fraction: float
) -> list[Confusion]:
    """For each recipe the test images by true and predicted class, counts averaged over seeds.

    Folds hold different patients, so their counts are added before the mean over seeds. The
    predicted class is the likeliest one.
    """
    test = predictions[(predictions["part"] == "test") & (predictions["fraction"] == fraction)]
    columns = [LOGIT + name for name in classes]
    found = []
    for recipe, look in looks.items():
        rows = test[test["recipe"] == recipe]
        if rows.empty:
            continue
        labels = pd.Index(classes).get_indexer(pd.Index(rows["label"]))
        predicted = softmax(rows[columns].to_numpy(dtype=float)).argmax(axis=1)
        counts = confusion(labels, predicted, len(classes)) / rows["seed"].nunique()
        total = counts.sum(axis=1, keepdims=True)
        shares = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
        found.append(Confusion(recipe, look, counts, shares))
    return found
