"""How well linear probes do against depth, parameters and multiply-accumulates."""

from itertools import cycle
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from pleura.report.figures import canvas
from pleura.report.looks import COLOURS
from pleura.report.numbers import METRICS, Metric, magnitude, percent

AXES = {
    "depth": "Depth: place among all cuts",
    "parameters": "Parameters up to the cut",
    "macs": "MACs up to the cut, an image",
}
RING: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 8, "markerfacecolor": "none"}


def depth_curves(table: pd.DataFrame, by: Metric = METRICS["auroc"]) -> Figure:
    """A line a network and fraction: mean over folds and seeds, from the least to the greatest.

    `table`: see `pleura.tables.depth_columns`; probes are judged `by` a metric. Rings mark
    cuts that were fine-tuned in some run.
    """
    lines = list(table.groupby(["backbone", "weights", "fraction"], sort=False))
    legend = canvas.legend_inches(len(lines) + 1)
    figure = canvas.new_figure(3.4 + legend)
    height = figure.get_figheight()
    foot = (legend + 0.5) / height
    entries = []
    all_axes = [
        figure.add_axes((0.06 + 0.325 * i, foot, 0.29, 1 - 0.12 / height - foot)) for i in range(3)
    ]
    for colour, ((backbone, weights, fraction), rows) in zip(cycle(COLOURS), lines, strict=False):
        cuts = rows.groupby("cut", sort=False)
        score = cuts[by.name].agg(["mean", "min", "max"])
        chosen = cuts["chosen"].max().astype(bool)
        line: dict[str, Any] = {"color": colour, "marker": "o", "markersize": 3}
        for axes, what in zip(all_axes, AXES, strict=True):
            x = cuts[what].first()
            axes.plot(x, score["mean"], **line)
            axes.fill_between(x, score["min"], score["max"], color=colour, alpha=0.15, linewidth=0)
            axes.plot(x[chosen], score["mean"][chosen], **RING, markeredgecolor=colour)
        label = f"{backbone}, {weights}, {percent(float(str(fraction)))} of labels"
        entries.append(canvas.entry(label, **line))
    for axes, (what, label) in zip(all_axes, AXES.items(), strict=True):
        axes.set_xlabel(label)
        canvas.decimal_ticks(axes.yaxis, by)
        if what != "depth":
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(lambda value, _: magnitude(value))
    all_axes[0].set_ylabel(f"{by.label} of a linear probe")
    if table["chosen"].astype(bool).any():
        entries.append(canvas.entry("fine-tuned in some run", **RING, markeredgecolor=canvas.MUTED))
    canvas.legend_below(figure, entries)
    return figure
