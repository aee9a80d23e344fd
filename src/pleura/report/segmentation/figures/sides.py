"""Two arms side by side: both values with intervals, and their paired difference."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from pleura.report.figures.canvas import (
    WIDTH,
    decimal_ticks,
    legend_below,
    legend_inches,
    new_figure,
    shorten,
)
from pleura.report.figures.forest import beside, directed
from pleura.report.findings import Estimate
from pleura.report.looks import GRAYS, INK
from pleura.report.numbers import Metric, capital

ROW, TOP, BOTTOM, TEXT = 0.42, 0.35, 0.55, 1.5  # inches
ASIDE = 0.17  # of a row, from its middle
MARKS = (("s", "w", GRAYS[0]), ("o", INK, INK))

Row = tuple[str, Estimate, Estimate, Estimate]  # name, first, second, second minus first


def two_arms(rows: Sequence[Row], metric: Metric, names: tuple[str, str]) -> Figure:
    """A row each: left both arms, called `names`, right the paired difference, in numbers too."""
    legend = legend_inches(2)
    figure = new_figure(TOP + BOTTOM + legend + ROW * len(rows))
    height = figure.get_figheight()
    labels = 0.25 + 0.07 * max(len(shorten(name)) for name, *_ in rows)
    panel = (WIDTH - labels - 0.35 - TEXT) / 2
    foot, tall = (BOTTOM + legend) / height, ROW * len(rows) / height
    left = figure.add_axes((labels / WIDTH, foot, panel / WIDTH, tall))
    right = figure.add_axes(((labels + panel + 0.35) / WIDTH, foot, panel / WIDTH, tall))
    for at, (_, *arms, difference) in enumerate(rows):
        for arm, (marker, face, colour), aside in zip(arms, MARKS, (-ASIDE, ASIDE), strict=True):
            _interval(left, at + aside, arm, marker, face, colour)
        _interval(right, at, difference, "D", INK, INK)
        _beside(right, at, difference, metric)
    left.set_title(capital(metric.label))
    right.set_title("Paired difference")
    left.set_xlim(left=0 if not metric.bounded else None)
    right.axvline(0, color=INK, linewidth=0.8, zorder=1)
    reach = 1.1 * max([abs(e) for *_, d in rows for e in (d.low, d.high) if np.isfinite(e)] or [1])
    right.set_xlim(-reach, reach)
    directed(right, metric)
    for axes, shown in ((left, [shorten(name) for name, *_ in rows]), (right, [""] * len(rows))):
        axes.set_yticks(range(len(rows)), shown)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.grid(False, axis="y")
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        decimal_ticks(axes.xaxis, bounded=metric.bounded)
        for line in np.arange(len(rows) - 1) + 0.5:
            axes.axhline(line, color="#E4E8EC", linewidth=0.7, zorder=0)
    legend_below(
        figure,
        [
            Line2D([], [], color=colour, marker=marker, markerfacecolor=face, label=shorten(name))
            for name, (marker, face, colour) in zip(names, MARKS, strict=True)
        ],
    )
    return figure


def _interval(axes: Axes, y: float, e: Estimate, marker: str, face: str, colour: str) -> None:
    axes.plot([e.low, e.high], [y, y], color=colour, solid_capstyle="butt", zorder=2)
    axes.plot(
        [e.value], [y], marker=marker, color=colour, markerfacecolor=face, markersize=5, zorder=3
    )


def _beside(axes: Axes, row: int, e: Estimate, metric: Metric) -> None:
    text = metric.decimal(e.value, sign=True)
    beside(axes, row, f"{text} ({metric.interval(e.low, e.high)})", INK)
