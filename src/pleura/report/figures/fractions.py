"""The primary metric against the number of labels."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from pleura.report.figures.canvas import handles, legend_below, legend_inches, new_figure
from pleura.report.findings import Findings
from pleura.report.numbers import decimal, percent

DODGE = 0.012  # of the decades shown, between neighbours, so that intervals do not hide each other


def against_fractions(findings: Findings) -> Figure:
    """Mean over seeds with interval; one line a recipe, fractions on a logarithmic axis."""
    legend = legend_inches(len(findings.looks))
    figure = new_figure(3.7 + legend)
    height = figure.get_figheight()
    foot = (legend + 0.45) / height
    axes = figure.add_axes((0.06, foot, 0.92, 1 - 0.1 / height - foot))
    fractions = np.array(findings.fractions)
    decades = max(np.log10(fractions[-1] / fractions[0]), 0.3)
    middle = (len(findings.looks) - 1) / 2
    for i, (name, look) in enumerate(findings.looks.items()):
        estimates = [findings.primary(name, fraction) for fraction in findings.fractions]
        values = np.array([(e.value, e.low, e.high) for e in estimates])
        x = fractions * 10 ** (decades * DODGE * (i - middle))
        axes.plot(
            x,
            values[:, 0],
            color=look.colour,
            linestyle=look.line,
            marker=look.marker,
            markersize=4.5,
        )
        axes.vlines(x, values[:, 1], values[:, 2], color=look.colour, linewidth=1, alpha=0.75)
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(fractions, [percent(fraction) for fraction in fractions])
    axes.grid(False, axis="x")
    axes.set_xlabel("Labels used for training and validation")
    axes.set_ylabel(findings.metric.title)
    axes.yaxis.set_major_formatter(
        lambda value, _: decimal(value, 2, bounded=findings.metric.bounded)
    )
    legend_below(figure, handles(findings.looks, markers=True))
    return figure
