"""Predicted numbers against true ones: calibration by bins, and limits of agreement."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pleura.evaluate.agreement import agreement, calibration
from pleura.evaluate.number_metrics import MAE, R2
from pleura.evaluate.number_runs import read_number_runs
from pleura.report import cells
from pleura.report.figures import canvas
from pleura.report.findings import Estimate, in_words
from pleura.report.looks import INK, Look
from pleura.report.numbers import of_labels
from pleura.report.numbers_folder import NumbersFolder
from pleura.report.prose import say
from pleura.report.section import Blocks, Cautions, Figures, Section, Words, warn
from pleura.report.study import Study
from pleura.report.table import Column, Table
from pleura.tables import NUMBER, PREDICTED


def calibrated(
    curves: Mapping[str, pd.DataFrame], looks: Mapping[str, Look], quantity: str
) -> Figure:
    """A panel a recipe: the mean true number of each bin with its interval, against the mean of
    what was predicted."""
    figure, panels = _panels(list(curves), f"predicted {quantity}", "true")
    of_all = pd.concat([*curves.values()])[["predicted", "value"]].to_numpy(dtype=np.float64)
    low, high = float(np.nanmin(of_all)), float(np.nanmax(of_all))
    room = high - low  # an interval that reaches farther would leave no room for the dots
    for (name, curve), axes in zip(curves.items(), panels, strict=True):
        axes.plot([low, high], [low, high], **canvas.DOTTED, linewidth=0.7)
        colour = looks[name].colour
        axes.vlines(curve["predicted"], curve["low"], curve["high"], color=colour, linewidth=0.9)
        axes.plot(curve["predicted"], curve["value"], color=colour, marker="o", markersize=3.5)
        axes.set_ylim(low - room, high + room)
    canvas.share(panels, "x")
    return figure


def differences(
    predictions: Mapping[str, pd.DataFrame],
    limits: Mapping[str, pd.DataFrame],
    looks: Mapping[str, Look],
    quantity: str,
) -> Figure:
    """A panel a recipe: predicted minus true number of each image of the first seed against the
    mean of both, with mean difference and limits of agreement."""
    labels = (f"mean of both, {quantity}", "predicted − true")
    figure, panels = _panels(list(predictions), *labels)
    dots: dict[str, Any] = {"marker": "o", "linestyle": "", "markersize": 2, "alpha": 0.5}
    for (name, table), axes in zip(predictions.items(), panels, strict=True):
        first = table[table["seed"] == table["seed"].min()]
        truth, predicted = first[NUMBER].astype(float), first[PREDICTED].astype(float)
        middle, off = (truth + predicted) / 2, predicted - truth
        axes.plot(middle, off, color=looks[name].colour, **dots)
        lines = limits[name].set_index("name").loc[["bias", "lower", "upper"]]
        for value, low, high in lines.itertuples(index=False):
            axes.axhline(value, color=INK, linewidth=0.8)
            axes.axhspan(low, high, color=INK, alpha=0.12, linewidth=0)
    canvas.share(panels, "x")
    canvas.share(panels)
    return figure


def _panels(names: Sequence[str], x: str, y: str) -> tuple[Figure, list[Axes]]:
    """A panel a recipe, with the labels of both axes."""
    figure, panels = canvas.panels(len(names), 3, 1.9, left=0.65)
    for name, axes in zip(names, panels, strict=True):
        axes.set(title=canvas.shorten(name, 30), xlabel=x)
    panels[0].set_ylabel(y)
    return figure, panels


@dataclass(frozen=True)
class Agreement:
    """Of each recipe and baseline at the largest fraction: its test predictions, what
    `pleura.evaluate.agreement` tells of them, and its calibration by bins."""

    predictions: dict[str, pd.DataFrame]
    limits: dict[str, pd.DataFrame]
    curves: dict[str, pd.DataFrame]


def _find(study: Study[NumbersFolder]) -> Agreement:
    findings, contents = study.findings, study.contents
    largest = findings.fractions[-1]
    test = contents.test
    rows = dict(findings.by_recipe(test[test["fraction"] == largest]))
    runs = {name: read_number_runs(its).runs for name, its in rows.items()}
    return Agreement(
        rows,
        {name: agreement(its, findings.level) for name, its in runs.items()},
        {name: calibration(its, findings.level) for name, its in runs.items()},
    )


def agreement_table(agreements: Agreement, study: Study[NumbersFolder]) -> Table:
    """Mean difference, limits of agreement and slope of every recipe, with intervals."""
    findings, error = study.findings, study.judged.measures[MAE.name]
    rows = []
    for name, table in agreements.limits.items():
        values = table[["value", "low", "high"]].itertuples(index=False)
        *ends, slope = (Estimate(*each) for each in values)
        row = [*(cells.estimate(each, error) for each in ends), cells.estimate(slope, R2)]
        rows.append([cells.recipe(name, findings), *row])
    return Table.of(
        f"Agreement, {of_labels(findings.fractions[-1])}",
        rows,
        "Recipe",
        *(
            Column(title, study.contents.unit)
            for title in ("Mean difference", "Lower limit", "Upper limit")
        ),
        "Slope / truth on prediction",
    )


def _blocks(study: Study[NumbersFolder], agreements: Agreement) -> Blocks:
    findings, quantity = study.findings, study.contents.quantity
    yield Words("calibrated")
    drawn = calibrated(agreements.curves, findings.looks, quantity)
    yield Figures("calibration", [("Calibration", "True against predicted numbers", drawn)])
    yield Words("agrees")
    drawn = differences(agreements.predictions, agreements.limits, findings.looks, quantity)
    yield Figures("differences", [("Differences", "Predicted minus true numbers", drawn)])
    yield agreement_table(agreements, study)


def cautions(study: Study[NumbersFolder], _: Agreement) -> Cautions:
    """Recipes that are not shown to do better than the mean of the test part, in one sentence."""
    findings = study.recipes.findings
    at = findings.fractions[-1]
    every = {f"“{name}”": findings.estimate(name, at, R2.name) for name in findings.recipes}
    if few := [f"{name} (R² {in_words(r2, R2)})" for name, r2 in every.items() if r2.low <= 0]:
        yield warn("agreement", "no_better_than_the_mean", names=few, several=len(few) > 1)


def doubts_of_model(study: Study[NumbersFolder], _: Agreement) -> Iterator[str]:
    """That the model handed over is not shown to do better than the mean of the test part."""
    if study.model and (r2 := study.of_the_model(R2.name)).low <= 0:
        names = [f"It (R² {in_words(r2, R2)})"]
        yield say("agreement", "no_better_than_the_mean", names=names, several=False)


SECTION = Section("agreement", _find, _blocks, cautions, doubts_of_model, of_recipes=True)
