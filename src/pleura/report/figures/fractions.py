"""The primary metric against the number of labels."""

from dataclasses import replace
from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from pleura.report.figures.canvas import (
    WIDTH,
    decimal_ticks,
    handles,
    legend_below,
    legend_inches,
    new_figure,
)
from pleura.report.findings import Findings
from pleura.report.looks import FAINT, Look
from pleura.report.numbers import percent

DODGE = 0.012  # of the decades shown, between neighbours, so that intervals do not hide each other
TOGETHER = 6  # recipes; of more, each gets a panel
ACROSS, HIGH, GAP, EDGE = 4, 1.35, 0.5, 0.3  # panels in a row; inches
WRAPPED = 29  # characters in a line of a panel's title
OTHER = Look("recipe", FAINT, (), "")


def against_fractions(findings: Findings) -> Figure:
    """Mean over seeds with interval against fractions on a logarithmic axis.

    Up to six recipes share one panel. Of more, each has its own on the same axes: its line with
    intervals, the reference dashed, and all others, baselines too, pale behind.
    """
    return _panels(findings) if len(findings.recipes) > TOGETHER else _together(findings)


def _together(findings: Findings) -> Figure:
    legend = legend_inches(len(findings.looks))
    figure = new_figure(3.7 + legend)
    height = figure.get_figheight()
    foot = (legend + 0.45) / height
    axes = figure.add_axes((0.06, foot, 0.92, 1 - 0.1 / height - foot))
    middle = (len(findings.looks) - 1) / 2
    for i, (name, look) in enumerate(findings.looks.items()):
        _line(axes, findings, name, look, DODGE * (i - middle))
    _scale(axes, findings)
    axes.set_xlabel("Labels used for training and validation")
    axes.set_ylabel(findings.metric.title)
    legend_below(figure, handles(findings.looks, markers=True))
    return figure


def _panels(findings: Findings) -> Figure:
    names = [name for name in findings.looks if name != findings.reference]
    reference = Look("reference", findings.looks[findings.reference].colour, (3, 2), "")
    rows, legend = -(-len(names) // ACROSS), legend_inches(2)
    edge = 0.15 * any(len(name) > WRAPPED for name in names)  # for second lines of titles
    edge, gap = EDGE + edge, GAP + edge
    height = edge + rows * (HIGH + gap) + legend
    figure = new_figure(height)
    wide = (WIDTH - 0.45) / ACROSS
    first: Axes | None = None
    for i, name in enumerate(names):
        row, column = divmod(i, ACROSS)
        x, y = 0.45 + column * wide, height - edge - row * (HIGH + gap) - HIGH
        place = (x / WIDTH, y / height, (wide - 0.2) / WIDTH, HIGH / height)
        axes = figure.add_axes(place, sharex=first, sharey=first)
        for other in names:
            if other != name:
                _line(axes, findings, other, OTHER, 0, bars=False)
        _line(axes, findings, findings.reference, reference, 0, bars=False)
        # Dashes are the reference's here.
        _line(axes, findings, name, replace(findings.looks[name], dashes=()), 0)
        _scale(axes, findings)
        title = wrap(name, WRAPPED, max_lines=2, placeholder="…")
        axes.set_title("\n".join(title), fontsize=8.5)
        axes.tick_params(labelleft=column == 0, labelbottom=i + ACROSS >= len(names))
        first = first or axes
    shown = {f"reference: {findings.reference}": reference, "all others": OTHER}
    legend_below(figure, handles(shown, markers=False))
    return figure


def _line(
    axes: Axes, findings: Findings, name: str, look: Look, dodge: float, *, bars: bool = True
) -> None:
    """One recipe's values and, with `bars`, intervals, moved aside by `dodge` of all decades."""
    fractions = np.array(findings.fractions)
    decades = max(np.log10(fractions[-1] / fractions[0]), 0.3)
    estimates = [findings.primary(name, fraction) for fraction in findings.fractions]
    values = np.array([(e.value, e.low, e.high) for e in estimates])
    x = fractions * 10 ** (decades * dodge)
    axes.plot(
        x,
        values[:, 0],
        color=look.colour,
        linestyle=look.line,
        marker=look.marker,
        markersize=4.5,
        linewidth=1.4 if bars else 0.8,
    )
    if bars:
        axes.vlines(x, values[:, 1], values[:, 2], color=look.colour, linewidth=1, alpha=0.75)


def _scale(axes: Axes, findings: Findings) -> None:
    fractions = findings.fractions
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(fractions, [percent(fraction) for fraction in fractions])
    axes.grid(False, axis="x")
    decimal_ticks(axes.yaxis, bounded=findings.metric.bounded)
