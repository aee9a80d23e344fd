"""Macro AUROC on whole test images, with their outer frame hidden, and of that frame alone."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pleura.report.figures.canvas import (
    MUTED,
    WIDTH,
    decimal_ticks,
    legend_below,
    legend_inches,
    new_figure,
    shorten,
)
from pleura.report.findings import NOTHING, Findings
from pleura.report.looks import INK
from pleura.report.shortcuts import SHOWN, Shortcuts

ROW, TOP, BOTTOM = 0.5, 0.15, 0.4  # inches
MARKS = {
    "whole": ("o", INK, INK),
    "centre": ("s", "#006CA8", "#006CA8"),
    "frame": ("D", "w", "#B4480C"),
}


def regions(shortcuts: Shortcuts, findings: Findings) -> Figure | None:
    """A row a recipe with three intervals; None where nothing was predicted of parts."""
    names = [name for name in findings.looks if (name, "macro", "frame") in shortcuts.regions]
    if not names:
        return None
    legend = legend_inches(len(SHOWN))
    figure = new_figure(TOP + BOTTOM + legend + ROW * len(names))
    height = figure.get_figheight()
    labels = 0.2 + 0.07 * max(len(shorten(name)) for name in names)
    foot = (BOTTOM + legend) / height
    place = (labels / WIDTH, foot, 1 - (labels + 0.2) / WIDTH, 1 - TOP / height - foot)
    axes = figure.add_axes(place)
    for row, name in enumerate(names):
        for at, (shown, (marker, face, edge)) in enumerate(MARKS.items()):
            e = shortcuts.regions.get((name, "macro", shown), NOTHING)
            y = row + 0.22 * (at - 1)
            axes.plot([e.low, e.high], [y, y], color=edge, solid_capstyle="butt")
            axes.plot([e.value], [y], marker=marker, color=edge, markerfacecolor=face, markersize=5)
    axes.axvline(0.5, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.set_yticks(range(len(names)), [shorten(name) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    for row in np.arange(len(names) - 1) + 0.5:
        axes.axhline(row, color="#E4E8EC", linewidth=0.7)
    axes.set_xlabel("Macro AUROC (dashed: guessing)")
    decimal_ticks(axes.xaxis)
    entries = [
        Line2D([], [], color=edge, marker=marker, markerfacecolor=face, label=SHOWN[shown])
        for shown, (marker, face, edge) in MARKS.items()
    ]
    legend_below(figure, entries)
    return figure
