"""Reliability diagrams: how often a class is there, against how probable it was said to be."""

from collections.abc import Sequence
from itertools import product
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pleura.evaluate.calibration import Calibrated, before_and_after
from pleura.evaluate.reliability import AFTER, BEFORE, reliability_curve
from pleura.report.figures import canvas
from pleura.report.findings import Findings
from pleura.report.looks import INK
from pleura.report.sections.probabilities.found import Probabilities

LARGEST = 2.2  # inches
PALE: dict[str, Any] = {"alpha": 0.4, "linewidth": 0.9}
DOTS: dict[str, Any] = {"marker": "o", "markersize": 3.5}


def reliability(probabilities: Probabilities, findings: Findings) -> list[Figure]:
    """A row for each recipe drawn, a column a class, up to four classes a figure."""
    names, figures = probabilities.drawn, []
    entries = [
        canvas.entry("calibrated, with interval", color=INK, **DOTS),
        canvas.entry("as trained", color=INK, **PALE),
    ]
    for classes in canvas.rows_of_panels(findings.classes):
        figure, every = canvas.squares(len(classes), len(names), LARGEST, legend=len(entries))
        for axes, (name, of) in zip(every, product(names, classes), strict=True):
            trainings, at = probabilities.calibrations.recipes[name], findings.classes.index(of)
            _draw(axes, trainings, at, findings.looks[name].colour, findings.level)
            axes.set_ylabel(canvas.shorten(name, 26) if of == classes[0] else "")
            axes.set_title(canvas.shorten(of, 26) if name == names[0] else "")
            axes.set_xlabel("Probability" if name == names[-1] else "")
        canvas.legend_below(figure, entries)
        figures.append(figure)
    return figures


def _draw(axes: Axes, trainings: Sequence[Calibrated], at: int, colour: str, level: float) -> None:
    axes.plot([0, 1], [0, 1], **canvas.DOTTED, linewidth=0.7)
    cells = before_and_after(trainings)
    before, after = (reliability_curve(cells[when], at, level=level) for when in (BEFORE, AFTER))
    axes.plot(before["predicted"], before["observed"], color=colour, **PALE)
    axes.vlines(after["predicted"], after["low"], after["high"], color=colour, linewidth=0.9)
    axes.plot(after["predicted"], after["observed"], color=colour, **DOTS)
    canvas.unit_axes(axes, room=0.02)
