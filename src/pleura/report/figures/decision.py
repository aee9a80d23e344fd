"""Decision curves: the net benefit of acting on a probability, against the threshold."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pleura.evaluate.calibration import before_and_after
from pleura.evaluate.decision import decision_curve, treat_all
from pleura.evaluate.reliability import AFTER, BEFORE
from pleura.report.figures import canvas
from pleura.report.findings import Findings
from pleura.report.looks import INK
from pleura.report.numbers import decimal
from pleura.report.sections.probabilities.found import Probabilities

THRESHOLDS = np.arange(1, 100) / 100
LARGEST = 2.9  # inches
PALE = 0.5


def decision(probabilities: Probabilities, findings: Findings) -> list[Figure]:
    """A column a class, up to four a figure; a full line calibrated, a pale one as trained."""
    return [
        _figure(probabilities, findings, classes)
        for classes in canvas.rows_of_panels(range(len(findings.classes)))
    ]


def _figure(probabilities: Probabilities, findings: Findings, classes: Sequence[int]) -> Figure:
    looks = {name: findings.looks[name] for name in probabilities.drawn}
    entries = [
        *canvas.handles(looks, markers=False),
        canvas.entry("pale: as trained", color=INK, alpha=PALE, linewidth=0.9),
        canvas.entry("all are treated", **canvas.DOTTED),
    ]
    figure, every = canvas.squares(len(classes), 1, LARGEST, legend=len(entries))
    for column, (at, axes) in enumerate(zip(classes, every, strict=True)):
        _draw(axes, probabilities, findings, at)
        axes.set_title(canvas.shorten(findings.classes[at], 26))
        axes.set_xlabel("Threshold probability")
        axes.set_ylabel("" if column else "Net benefit")
    canvas.legend_below(figure, entries)
    return figure


def _draw(axes: Axes, probabilities: Probabilities, findings: Findings, at: int) -> None:
    axes.axhline(0, color=canvas.MUTED, linewidth=0.7)
    for name in probabilities.drawn:
        cells = before_and_after(probabilities.calibrations.recipes[name])
        style = findings.looks[name].style(markers=False)
        for when, alpha, width in ((BEFORE, PALE, 0.9), (AFTER, 1.0, 1.4)):
            curve = decision_curve(cells[when], at, THRESHOLDS)
            axes.plot(THRESHOLDS, curve, **style, alpha=alpha, linewidth=width)
    everyone = treat_all(cells[AFTER], at, THRESHOLDS)
    axes.plot(THRESHOLDS, everyone, **canvas.DOTTED, linewidth=1)
    # Far below zero, where nobody would act, curves would hide the rest.
    top = float(everyone.max())
    axes.set(xlim=(0, 1), ylim=(-0.15 * top, 1.08 * top))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: decimal(value, 2) if value % 1 else f"{value:g}")
