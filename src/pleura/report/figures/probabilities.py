"""Reliability diagrams: how often a class is there, against how probable it was said to be; and
decision curves: the net benefit of acting on a probability, against the threshold."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pleura.evaluate.calibration import Calibrated, before_and_after
from pleura.evaluate.decision import decision_curve, treat_all
from pleura.evaluate.reliability import AFTER, BEFORE, reliability_curve
from pleura.report.figures import canvas
from pleura.report.findings import Findings
from pleura.report.looks import INK
from pleura.report.numbers import decimal
from pleura.report.sections.probabilities.calibrated import Probabilities

THRESHOLDS = np.arange(1, 100) / 100
PALE = 0.5  # of the lines of decision curves as trained
LARGEST = 2.2  # inches
TRAINED: dict[str, Any] = {"alpha": 0.4, "linewidth": 0.9}
DOTS: dict[str, Any] = {"marker": "o", "markersize": 3.5}


def reliability(probabilities: Probabilities, findings: Findings) -> list[Figure]:
    """A row for each recipe drawn, a column a class, up to four classes a figure."""
    names, figures = probabilities.drawn, []
    entries = [
        canvas.entry("calibrated, with interval", color=INK, **DOTS),
        canvas.entry("as trained", color=INK, **TRAINED),
    ]
    for classes in canvas.rows_of_panels(findings.classes):
        figure, every = canvas.squares(len(classes), len(names), LARGEST, legend=len(entries))
        for axes, (name, of) in zip(every, product(names, classes), strict=True):
            trainings, at = probabilities.calibrations.recipes[name], findings.classes.index(of)
            _reliability(axes, trainings, at, findings.looks[name].colour, findings.level)
            axes.set_ylabel(canvas.shorten(name, 26) if of == classes[0] else "")
            axes.set_title(canvas.shorten(of, 26) if name == names[0] else "")
            axes.set_xlabel("Probability" if name == names[-1] else "")
        canvas.legend_below(figure, entries)
        figures.append(figure)
    return figures


def _reliability(
    axes: Axes, trainings: Sequence[Calibrated], at: int, colour: str, level: float
) -> None:
    axes.plot([0, 1], [0, 1], **canvas.DOTTED, linewidth=0.7)
    cells = before_and_after(trainings)
    before, after = (reliability_curve(cells[when], at, level=level) for when in (BEFORE, AFTER))
    axes.plot(before["predicted"], before["observed"], color=colour, **TRAINED)
    axes.vlines(after["predicted"], after["low"], after["high"], color=colour, linewidth=0.9)
    axes.plot(after["predicted"], after["observed"], color=colour, **DOTS)
    canvas.unit_axes(axes, room=0.02)


def decision(probabilities: Probabilities, findings: Findings) -> list[Figure]:
    """A panel a class: a full line calibrated, a pale one as trained."""
    looks = {name: findings.looks[name] for name in probabilities.drawn}

    def draw(axes: Axes, name: str) -> None:
        at = findings.classes.index(name)
        axes.axhline(0, color=canvas.MUTED, linewidth=0.7)
        for recipe, look in looks.items():
            cells = before_and_after(probabilities.calibrations.recipes[recipe])
            for when, alpha, width in ((BEFORE, PALE, 0.9), (AFTER, 1.0, 1.4)):
                curve = decision_curve(cells[when], at, THRESHOLDS)
                axes.plot(
                    THRESHOLDS, curve, **look.style(markers=False), alpha=alpha, linewidth=width
                )
        everyone = treat_all(cells[AFTER], at, THRESHOLDS)
        axes.plot(THRESHOLDS, everyone, **canvas.DOTTED, linewidth=1)
        _set_axes(axes, float(everyone.max()))

    pale = canvas.entry("pale: as trained", color=INK, alpha=PALE, linewidth=0.9)
    return _panels(findings.classes, draw, [*canvas.handles(looks, markers=False), pale])


def decision_elsewhere(table: pd.DataFrame, findings: Findings) -> list[Figure]:
    """A panel a class, where classes have other shares than in the test part; with the interval of
    the first recipe. `table` is as `curves_at_prevalence` makes it."""
    looks = {name: findings.looks[name] for name in table["recipe"].unique()}

    def draw(axes: Axes, name: str) -> None:
        of = table[table["class"] == name]
        axes.axhline(0, color=canvas.MUTED, linewidth=0.7)
        for number, (recipe, its) in enumerate(of.groupby("recipe", sort=False)):
            look = looks[str(recipe)]
            axes.plot(its["threshold"], its["value"], **look.style(markers=False), linewidth=1.4)
            if not number:
                x, low, high = its["threshold"], its["low"], its["high"]
                axes.fill_between(x, low, high, color=look.colour, alpha=0.15, linewidth=0)
        first = of[of["recipe"] == of["recipe"].iloc[0]]
        axes.plot(first["threshold"], first["all"], **canvas.DOTTED, linewidth=1)
        top = float(of[["value", "high", "all"]].max().max())
        _set_axes(axes, top, float(first["threshold"].max()))

    names = table["class"].unique().tolist()
    return _panels(names, draw, canvas.handles(looks, markers=False))


def _panels(
    names: Sequence[str], draw: Callable[[Axes, str], None], entries: list[Line2D]
) -> list[Figure]:
    everyone = canvas.entry("all are treated", **canvas.DOTTED)
    labels = ("Threshold probability", "Net benefit")
    return canvas.square_panels(names, draw, [*entries, everyone], labels)


def _set_axes(axes: Axes, top: float, right: float = 1.0) -> None:
    # Far below zero, where nobody would act, curves would hide the rest.
    axes.set(xlim=(0, right), ylim=(-0.15 * top, 1.08 * top))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: decimal(value, 2) if value % 1 else f"{value:g}")
