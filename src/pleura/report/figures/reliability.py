"""Reliability diagrams: how often a class is there, against how probable it was said to be."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pleura.evaluate.calibration import Calibrated, before_and_after
from pleura.evaluate.reliability import AFTER, BEFORE, reliability_curve
from pleura.report.figures.canvas import MUTED, legend_below, shorten, squares
from pleura.report.figures.curves import ACROSS
from pleura.report.findings import Findings
from pleura.report.looks import INK
from pleura.report.sections.probabilities.found import Probabilities

LARGEST = 2.2  # inches
TICKS = {0.0: "0", 0.25: ".25", 0.5: ".50", 0.75: ".75", 1.0: "1"}


def reliability(probabilities: Probabilities, findings: Findings) -> list[Figure]:
    """A row for each recipe drawn, a column a class, up to four classes a figure."""
    every = range(len(findings.classes))
    return [
        _figure(probabilities, findings, every[start : start + ACROSS]) for start in every[::ACROSS]
    ]


def _figure(probabilities: Probabilities, findings: Findings, classes: Sequence[int]) -> Figure:
    names = probabilities.drawn
    entries = [
        Line2D([], [], color=INK, marker="o", markersize=3.5, label="calibrated, with interval"),
        Line2D([], [], color=INK, alpha=0.4, linewidth=0.9, label="as trained"),
    ]
    figure, every = squares(len(classes), len(names), LARGEST, legend=len(entries))
    for row, name in enumerate(names):
        for column, at in enumerate(classes):
            axes = every[row * len(classes) + column]
            trainings = probabilities.calibrations.recipes[name]
            _draw(axes, trainings, at, findings.looks[name].colour, findings.level)
            axes.set_ylabel("" if column else shorten(name, 26))
            axes.set_title("" if row else shorten(findings.classes[at], 26))
            axes.set_xlabel("Probability" if row == len(names) - 1 else "")
    legend_below(figure, entries)
    return figure


def _draw(axes: Axes, trainings: Sequence[Calibrated], at: int, colour: str, level: float) -> None:
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.7, linestyle=(0, (1, 2)))
    cells = before_and_after(trainings)
    before, after = (reliability_curve(cells[when], at, level=level) for when in (BEFORE, AFTER))
    axes.plot(
        [b.predicted for b in before],
        [b.observed for b in before],
        color=colour,
        alpha=0.4,
        linewidth=0.9,
    )
    axes.vlines(
        [b.predicted for b in after],
        [b.low for b in after],
        [b.high for b in after],
        color=colour,
        linewidth=0.9,
    )
    axes.plot(
        [b.predicted for b in after],
        [b.observed for b in after],
        color=colour,
        marker="o",
        markersize=3.5,
    )
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.set_xticks(list(TICKS), TICKS.values())
    axes.set_yticks(list(TICKS), TICKS.values())
