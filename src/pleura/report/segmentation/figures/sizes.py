"""The primary measure against the number of training images, with and without augmentation."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from pleura.report.figures.canvas import (
    WIDTH,
    decimal_ticks,
    legend_below,
    legend_inches,
    new_figure,
    shorten,
)
from pleura.report.findings import Findings
from pleura.report.looks import GRAYS, INK
from pleura.report.numbers import capital
from pleura.report.segmentation.arms import Arms

ACROSS, HIGH, GAP, TOP, LEFT = 3, 1.7, 0.55, 0.3, 0.55  # panels in a row; inches
Line = Literal["-"] | tuple[float, tuple[float, ...]]
ARMS: tuple[tuple[str, str, Line, str, float], ...] = (
    ("without augmentation", GRAYS[0], (0, (4, 2)), "w", -0.02),
    ("with augmentation", INK, "-", INK, 0.02),
)


def against_sizes(runs: pd.DataFrame, findings: Findings, pairs: Sequence[Arms]) -> Figure:
    """A panel a pair, on the same axes: means over seeds with intervals. Training images are the
    mean over seeds and folds, on a logarithmic axis."""
    legend = legend_inches(len(ARMS))
    rows, across = -(-len(pairs) // ACROSS), min(ACROSS, max(2, len(pairs)))
    height = rows * (TOP + HIGH + GAP) + legend
    figure = new_figure(height)
    wide = (WIDTH - LEFT) / across
    images = runs.groupby("fraction")["n_train"].mean()
    first: Axes | None = None
    for i, arms in enumerate(pairs):
        row, column = divmod(i, across)
        bottom = height - row * (TOP + HIGH + GAP) - TOP - HIGH
        place = ((LEFT + column * wide) / WIDTH, bottom / height)
        axes = figure.add_axes((*place, (wide - 0.3) / WIDTH, HIGH / height), sharey=first)
        first = first or axes
        _draw(axes, images, findings, (arms.first, arms.second))
        axes.set_title(shorten(arms.second, 40))
        axes.tick_params(labelleft=column == 0)
        axes.set_ylabel("" if column else capital(findings.metric.label))
        if i + across >= len(pairs):
            axes.set_xlabel("Training images")
    legend_below(
        figure,
        [
            Line2D(
                [], [], color=colour, linestyle=line, marker="o", markerfacecolor=face, label=label
            )
            for label, colour, line, face, _ in ARMS
        ],
    )
    return figure


def _draw(axes: Axes, images: pd.Series, findings: Findings, names: Sequence[str]) -> None:
    sizes = np.array([images[fraction] for fraction in findings.fractions])
    decades = max(np.log10(sizes[-1] / sizes[0]), 0.3)
    for name, (_, colour, line, face, aside) in zip(names, ARMS, strict=True):
        found = [findings.primary(name, fraction) for fraction in findings.fractions]
        x = sizes * 10 ** (decades * aside)
        axes.vlines(x, [e.low for e in found], [e.high for e in found], color=colour, linewidth=1)
        axes.plot(
            x,
            [e.value for e in found],
            color=colour,
            linestyle=line,
            marker="o",
            markersize=5,
            markerfacecolor=face,
        )
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(sizes, [f"{size:,.0f}" for size in sizes])
    axes.grid(False, axis="x")
    decimal_ticks(axes.yaxis, bounded=findings.metric.bounded)
