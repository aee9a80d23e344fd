"""The error among the images that a model is surest of, against the share that it answers."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pleura.evaluate.abstention import GRID, curve
from pleura.report.figures.canvas import handles, legend_below, rows_of_panels, shorten, squares
from pleura.report.findings import Findings
from pleura.report.sections.sets.found import Sets

LARGEST = 2.9  # inches


def risk_curves(found: Sets, findings: Findings) -> list[Figure]:
    """A panel of all classes, or one a finding, up to four a figure; means over seeds and folds."""
    return [_figure(found, findings, names) for names in rows_of_panels(found.names[0])]


def _figure(found: Sets, findings: Findings, names: Sequence[str]) -> Figure:
    looks = {name: findings.looks[name] for name in found.drawn}
    entries = handles(looks, markers=False)
    figure, every = squares(len(names), 1, LARGEST, legend=len(entries))
    for column, (name, axes) in enumerate(zip(names, every, strict=True)):
        question = found.names[0].index(name)
        for recipe, look in looks.items():
            errors = curve(found.calibrations.recipes[recipe], question)
            axes.plot(GRID, errors, **look.style(markers=False), linewidth=1.4)
        axes.set_title(shorten(name, 26))
        axes.set_xlabel("Images answered")
        axes.set_ylabel("" if column else "Error among them")
        axes.set(xlim=(0, 1), ylim=(0, None))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(1))
    legend_below(figure, entries)
    return figure
