"""AUROC of linear probes against depth, parameters and multiply-accumulates."""

from itertools import cycle

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pleura.report.figures.canvas import (
    MUTED,
    decimal_ticks,
    legend_below,
    legend_inches,
    new_figure,
)
from pleura.report.looks import COLOURS
from pleura.report.numbers import magnitude, percent

AXES = {
    "depth": "Depth: place among all cuts",
    "parameters": "Parameters up to the cut",
    "macs": "MACs up to the cut, an image",
}


def depth_curves(table: pd.DataFrame) -> Figure:
    """A line a network and fraction: mean over folds and seeds, from the least to the greatest.

    `table`: see `pleura.tables.DEPTH_COLUMNS`. Rings mark cuts that were fine-tuned in some run;
    small ticks below tell where stages end.
    """
    lines = list(table.groupby(["backbone", "weights", "fraction"], sort=False))
    legend = legend_inches(len(lines) + 1)
    figure = new_figure(3.4 + legend)
    height = figure.get_figheight()
    foot = (legend + 0.5) / height
    entries = []
    all_axes = [
        figure.add_axes((0.06 + 0.325 * i, foot, 0.29, 1 - 0.12 / height - foot)) for i in range(3)
    ]
    for colour, ((backbone, weights, fraction), rows) in zip(cycle(COLOURS), lines, strict=False):
        cuts = rows.groupby("cut", sort=False).agg(
            depth=("depth", "first"),
            parameters=("parameters", "first"),
            macs=("macs", "first"),
            mean=("auroc", "mean"),
            low=("auroc", "min"),
            high=("auroc", "max"),
            chosen=("chosen", "max"),
        )
        for axes, x in zip(all_axes, AXES, strict=True):
            axes.plot(cuts[x], cuts["mean"], color=colour, marker="o", markersize=3)
            axes.fill_between(
                cuts[x], cuts["low"], cuts["high"], color=colour, alpha=0.15, linewidth=0
            )
            ringed = cuts[cuts["chosen"].astype(bool)]
            axes.plot(
                ringed[x],
                ringed["mean"],
                linestyle="",
                marker="o",
                markersize=8,
                markerfacecolor="none",
                markeredgecolor=colour,
            )
        label = f"{backbone}, {weights}, {percent(float(str(fraction)))} of labels"
        entries.append(Line2D([], [], color=colour, marker="o", markersize=3, label=label))
    for axes, (x, label) in zip(all_axes, AXES.items(), strict=True):
        axes.set_xlabel(label)
        decimal_ticks(axes.yaxis)
        if x != "depth":
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(lambda value, _: magnitude(value))
    all_axes[0].set_ylabel("AUROC of a linear probe")
    ring = Line2D(
        [],
        [],
        linestyle="",
        marker="o",
        markersize=8,
        markerfacecolor="none",
        markeredgecolor=MUTED,
        label="fine-tuned in some run",
    )
    legend_below(figure, [*entries, ring])
    return figure
