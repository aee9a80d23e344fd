"""Box plots over cases: a panel a structure, a row a recipe."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pleura.report.figures.canvas import WIDTH, decimal_ticks, new_figure, shorten
from pleura.report.findings import Findings
from pleura.report.looks import INK, Look
from pleura.report.measures import shown_times
from pleura.report.numbers import Metric, capital, count

ACROSS = 3
ROW, TOP, FOOT, GAP = 0.3, 0.35, 0.45, 0.15  # inches
THICK = 0.56  # of a row


def boxes(test: pd.DataFrame, findings: Findings, fraction: float) -> Figure:
    """The primary measure of every test image that has one, averaged over seeds.

    The box holds the middle half, the line is the median; whiskers reach to the last case within
    1.5 times the box's length (Tukey 1977), all others are dots. One scale for all panels.
    """
    metric, names = findings.metric, list(findings.at(fraction))
    here = test[test["fraction"] == fraction]
    keys = ["recipe", "structure", "fold", "image"]
    values = here.groupby(keys)[metric.name].mean().dropna() * shown_times(metric.name)
    structures = [name for name in findings.classes if name in values.index.unique("structure")]
    across = min(ACROSS, len(structures))
    rows = -(-len(structures) // across)
    tall = ROW * len(names)
    height = rows * (TOP + tall + FOOT + GAP)
    figure = new_figure(height)
    labels = 0.2 + 0.07 * max(len(shorten(name)) for name in names)
    wide = (WIDTH - labels) / across
    first: Axes | None = None
    for i, structure in enumerate(structures):
        row, column = divmod(i, across)
        bottom = height - row * (TOP + tall + FOOT + GAP) - TOP - tall
        place = (labels + column * wide, bottom, wide - 0.2, tall)
        axes = figure.add_axes(
            (place[0] / WIDTH, place[1] / height, place[2] / WIDTH, place[3] / height), sharex=first
        )
        first = first or axes
        of = values.xs(structure, level="structure")
        known = of.index.unique("recipe")
        for at, name in enumerate(names):
            if name in known:
                _box(axes, at, of.xs(name, level="recipe").to_numpy(), findings.looks[name])
        images = len(of.groupby(["fold", "image"]))
        axes.set_title(f"{shorten(structure, 24)} · {count(images, 'image')}")
        axes.set_xlabel(capital(metric.label) if i + across >= len(structures) else "")
        _rows(axes, names if column == 0 else [""] * len(names), metric)
    if first:
        first.set_xlim(right=1.01 if metric.bounded else None)
    return figure


def _box(axes: Axes, row: int, values: NDArray[np.float64], look: Look) -> None:
    low, middle, high = np.percentile(values, (25, 50, 75))
    reach = 1.5 * (high - low)
    inside = values[(values >= low - reach) & (values <= high + reach)]
    outside = values[(values < low - reach) | (values > high + reach)]
    axes.hlines(row, inside.min(), inside.max(), color=look.colour, linewidth=1, zorder=2)
    axes.barh(
        row,
        high - low,
        THICK,
        left=low,
        facecolor="w",
        edgecolor=look.colour,
        linewidth=1.2,
        zorder=3,
    )
    ends = (row - THICK / 2, row + THICK / 2)
    axes.vlines(middle, *ends, color=look.colour, linewidth=2.4, zorder=4)
    axes.plot(
        outside,
        np.full(len(outside), row),
        linestyle="",
        marker="o",
        markersize=2.6,
        markeredgewidth=0,
        color=look.colour,
        alpha=0.6,
    )


def _rows(axes: Axes, names: list[str], metric: Metric) -> None:
    axes.set_yticks(range(len(names)), [shorten(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines["left"].set_visible(False)
    decimal_ticks(axes.xaxis, bounded=metric.bounded)
