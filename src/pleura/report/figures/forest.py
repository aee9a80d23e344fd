"""Forest plot: every recipe's value and its difference to the reference, with intervals."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pleura.report.figures.canvas import MUTED, WIDTH, decimal_ticks, new_figure, shorten
from pleura.report.findings import Estimate, Findings
from pleura.report.looks import INK, Look
from pleura.report.numbers import Metric

ROW = 0.27  # inches
TOP, BOTTOM = 0.42, 0.5  # inches
TEXT = 1.42  # inches for the numbers beside a panel
SIDES: tuple[Literal["right", "left"], ...] = ("right", "left")


def forest(findings: Findings, fraction: float) -> Figure:
    """Two panels at one fraction: the primary metric on test, and recipe minus reference.

    The axes are the same at every fraction. Baselines stand below a line, and below another the
    model handed over, which is compared with nothing.
    """
    names = list(findings.at(fraction))
    figure = new_figure(TOP + BOTTOM + ROW * len(names))
    height = figure.get_figheight()
    labels = 0.2 + 0.07 * max(len(shorten(name)) for name in names)
    panel = (WIDTH - labels - 2 * TEXT - 0.25) / 2
    bottom, tall = BOTTOM / height, (height - TOP - BOTTOM) / height
    left = figure.add_axes((labels / WIDTH, bottom, panel / WIDTH, tall))
    start = labels + panel + TEXT + 0.2
    right = figure.add_axes((start / WIDTH, bottom, panel / WIDTH, tall))

    metric = findings.metric
    values = {recipe: findings.primary(recipe, fraction) for recipe in names}
    differences = {c.recipe: c.difference for c in findings.compared(fraction)}
    for row, recipe in enumerate(names):
        look = findings.looks[recipe]
        _interval(left, row, values[recipe], look, metric, sign=False)
        if recipe in differences:
            _interval(right, row, differences[recipe], look, metric, sign=True)
        elif look.kind == "reference":
            beside(right, row, "reference", MUTED)
        elif look.kind == "delivered":
            at_the_end(right, row, f"{look.told}; not compared")
    reference = values[findings.reference].value
    if np.isfinite(reference):
        left.axvline(reference, color=INK, linewidth=0.7, linestyle=(0, (2, 2)), zorder=1)
    right.axvline(0, color=INK, linewidth=0.8, zorder=1)
    right.axvspan(-findings.margin, findings.margin, color="#EEF1F4", zorder=0, linewidth=0)

    left.set_title(findings.metric.title)
    right.set_title(f"Difference to {shorten(findings.reference, 24)}")
    shown = [(recipe, each) for recipe in names for each in findings.fractions]
    left.set_xlim(*_limits([findings.primary(*key) for key in shown], ()))
    compared = [c.difference for each in findings.fractions for c in findings.compared(each)]
    right.set_xlim(*_limits(compared, (-findings.margin, 0, findings.margin)))
    directed(right, findings.metric)
    for axes in (left, right):
        _rows(axes, findings, names)
    left.set_yticks(range(len(names)), [shorten(recipe) for recipe in names])
    for label, recipe in zip(left.get_yticklabels(), names, strict=True):
        label.set_color(INK)
        label.set_fontweight("bold" if recipe == findings.reference else "normal")
    right.set_yticks(range(len(names)), [""] * len(names))
    return figure


def _rows(axes: Axes, findings: Findings, names: Sequence[str]) -> None:
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    decimal_ticks(axes.xaxis, bounded=findings.metric.bounded)
    first_of_baselines = len(findings.recipes) * bool(findings.baselines)
    delivered = (len(names) - 1) * (findings.looks[names[-1]].kind == "delivered")
    for row in filter(None, (first_of_baselines, delivered)):
        axes.axhline(row - 0.5, color="#C5CCD3", linewidth=0.7)


def _interval(
    axes: Axes, row: int, estimate: Estimate, look: Look, metric: Metric, *, sign: bool
) -> None:
    if not np.isfinite(estimate.value):
        beside(axes, row, "not run", MUTED)
        return
    axes.plot([estimate.low, estimate.high], [row, row], color=look.colour, solid_capstyle="butt")
    size = 5.5 * look.grown
    axes.plot([estimate.value], [row], color=look.colour, marker=look.marker, markersize=size)
    value = metric.decimal(estimate.value, sign=sign)
    beside(axes, row, f"{value} ({metric.interval(estimate.low, estimate.high)})", INK)


def directed(axes: Axes, metric: Metric) -> None:
    """Say under the axis, on each side of zero, what a difference there means."""
    ends = ("← worse", "better →") if metric.higher_is_better else ("← better", "worse →")
    for text, side, offset in zip(ends, SIDES, (-6, 6), strict=True):
        axes.annotate(
            text,
            (0, 0),
            xycoords=("data", "axes fraction"),
            xytext=(offset, -28),
            textcoords="offset points",
            ha=side,
            color=MUTED,
            fontsize=8.5,
        )


def beside(axes: Axes, row: int, text: str, colour: str) -> None:
    """Write `text` at the right of the axes, at the height of a row."""
    axes.annotate(
        text,
        (1, row),
        xycoords=("axes fraction", "data"),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        fontsize=8.5,
        color=colour,
    )


def at_the_end(axes: Axes, row: int, text: str) -> None:
    """Write `text` up to the right end of the figure, at the height of a row without an interval:
    it may reach into the panel."""
    axes.annotate(
        text,
        (0.995, row),
        xycoords=("figure fraction", "data"),
        va="center",
        ha="right",
        fontsize=8.5,
        color=MUTED,
    )


def _limits(estimates: Sequence[Estimate], also: Sequence[float]) -> tuple[float, float]:
    """Ends of an axis that holds all intervals and the values of `also`, with a little room."""
    ends = [end for e in estimates for end in (e.low, e.value, e.high) if np.isfinite(end)]
    ends = [*ends, *also] or [0, 1]
    room = 0.05 * (max(ends) - min(ends)) or 0.01
    return min(ends) - room, max(ends) + room
