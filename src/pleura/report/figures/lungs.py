"""What hiding the lungs costs beyond hiding as much elsewhere, and how far maps lie in them."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from pleura.evaluate.attention import METHODS
from pleura.evaluate.lungs import CAUSAL
from pleura.report.figures.canvas import (
    MUTED,
    WIDTH,
    decimal_ticks,
    legend_below,
    legend_inches,
    new_figure,
    shorten,
)
from pleura.report.findings import Estimate, Findings
from pleura.report.looks import INK
from pleura.report.lungs import ALL, MACRO, LungFindings

ROW, TOP, BOTTOM, GAP = 0.34, 0.35, 0.45, 0.3  # inches
MARKS = dict(zip(METHODS, (("o", "#006CA8"), ("D", "#B4480C")), strict=True))


def lung_figure(lungs: LungFindings, findings: Findings) -> Figure | None:
    """A row a recipe, whatever its masks. Left: AUROC with the same shape hidden elsewhere less
    that with the lungs hidden. Right: share of the map in the lungs less their share of the area.

    None where neither is known.
    """
    maps = lungs.means[(lungs.means["masks"] == ALL) & (lungs.means["measure"] == "inside - area")]
    auroc = lungs.hidden[ALL].auroc
    names = [
        name
        for name in findings.looks
        if (name, MACRO, CAUSAL) in auroc or (maps["recipe"] == name).any()
    ]
    if not names:
        return None
    legend = legend_inches(len(MARKS))
    height = TOP + BOTTOM + legend + ROW * len(names)
    figure = new_figure(height)
    labels = 0.2 + 0.07 * max(len(shorten(name)) for name in names)
    wide = (WIDTH - labels - GAP - 0.2) / 2
    foot, tall = (BOTTOM + legend) / height, ROW * len(names) / height
    left = figure.add_axes((labels / WIDTH, foot, wide / WIDTH, tall))
    right = figure.add_axes(((labels + wide + GAP) / WIDTH, foot, wide / WIDTH, tall))
    for row, name in enumerate(names):
        look = findings.looks[name]
        if (name, MACRO, CAUSAL) in auroc:
            _interval(left, row, auroc[name, MACRO, CAUSAL], look.marker, look.colour)
        mine = maps[maps["recipe"] == name].set_index("method")[["value", "low", "high"]]
        for at, (method, mark) in enumerate(MARKS.items()):
            if method in mine.index:
                _interval(right, row + 0.2 * (at - 0.5), Estimate(*mine.loc[method]), *mark)
    for axes, title in ((left, "Cost of the lungs"), (right, "Heat maps in the lungs")):
        axes.axvline(0, color=INK, linewidth=0.8, zorder=1)
        axes.set_title(title)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_yticks(range(len(names)), [""] * len(names))
        axes.grid(False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        decimal_ticks(axes.xaxis)
        for line in np.arange(len(names) - 1) + 0.5:
            axes.axhline(line, color="#E4E8EC", linewidth=0.7)
    left.set_yticklabels([shorten(name) for name in names])
    left.set_xlabel("Macro AUROC: same shape hidden elsewhere − lungs hidden", color=MUTED)
    right.set_xlabel("Share of the map − share of the area (0: chance)", color=MUTED)
    entries = [
        Line2D([], [], color=colour, marker=marker, markersize=5, label=f"right: {method}")
        for method, (marker, colour) in MARKS.items()
    ]
    legend_below(figure, entries)
    return figure


def _interval(axes: Axes, y: float, estimate: Estimate, marker: str, colour: str) -> None:
    axes.plot([estimate.low, estimate.high], [y, y], color=colour, solid_capstyle="butt")
    axes.plot([estimate.value], [y], color=colour, marker=marker, markersize=5)
