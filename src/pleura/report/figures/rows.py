"""Rows of values with their intervals, in panels side by side: the one figure of estimates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from pleura.report.figures import canvas
from pleura.report.findings import TOO_WIDE, UNTOLD_IN_SHORT, Estimate, written
from pleura.report.looks import INK
from pleura.report.numbers import METRICS, Metric

TOP, BOTTOM, GAP, TEXT = 0.4, 0.5, 0.25, 1.45  # inches; TEXT for what stands beside a panel
SIDES: tuple[Literal["right", "left"], ...] = ("right", "left")


@dataclass(frozen=True)
class Mark:
    """How one value of a row is drawn; `face` fills the marker where it is not the colour, `label`
    names it in the legend."""

    marker: str
    colour: str
    face: str = ""
    size: float = 5.0
    label: str = ""

    def entry(self) -> Line2D:
        """Its line in the legend."""
        return canvas.entry(canvas.shorten(self.label), color=self.colour, **self.style())

    def style(self) -> dict[str, Any]:
        """The marker, for matplotlib."""
        face = self.face or self.colour
        return {"marker": self.marker, "markerfacecolor": face, "markersize": self.size}


Row = Sequence[tuple[Estimate, Mark]]


@dataclass(frozen=True)
class Panel:
    """The values of each row, one above the other, and with `beside` a text for each row, muted
    where there is no value. `line` is an upright one; it is dashed unless zero. `band` is shaded
    about zero, and with `directed` the sides of zero are called better and worse for that metric.
    Ticks are written as those of `metric`.
    """

    rows: Sequence[Row]
    title: str = ""
    label: str = ""
    beside: Sequence[str] = ()
    line: float | None = None
    band: float = 0.0
    limits: tuple[float | None, float | None] = (None, None)
    metric: Metric = METRICS["auroc"]
    directed: Metric | None = None


def one_each(
    names: Sequence[str],
    values: Mapping[str, Estimate],
    marks: Mapping[str, Mark],
    metric: Metric,
    missing: Mapping[str, str],
    **panel: Any,
) -> Panel:
    """A panel with the value of each name that has one, in numbers beside it, too, which have a
    sign where the `panel` has sides; beside the others stands what is `missing`, or nothing."""
    sign = "directed" in panel
    return Panel(
        [[(values[name], marks[name])] if name in values else [] for name in names],
        beside=[
            _told(values[name], metric, sign=sign) if name in values else missing.get(name, "")
            for name in names
        ],
        metric=metric,
        **panel,
    )


def _told(estimate: Estimate, metric: Metric, *, sign: bool) -> str:
    """A value and its interval as there is room for them beside a panel."""
    value, ends = written(estimate, metric, sign=sign)
    return UNTOLD_IN_SHORT if ends == TOO_WIDE else f"{value} ({ends})"


def interval_rows(
    names: Sequence[str],
    panels: Sequence[Panel],
    marks: Sequence[Mark] = (),
    *,
    bold: str = "",
    lines_above: Sequence[int] | None = None,
) -> Figure:
    """A row for each of `names`, that of `bold` in bold; `marks` are explained below. Lines part
    all rows, or only those in `lines_above` from the one before."""
    most = max((len(row) for panel in panels for row in panel.rows), default=1)
    legend = canvas.legend_inches(len(marks)) if marks else 0.0
    top, tall = TOP if any(panel.title for panel in panels) else 0.15, 0.15 + 0.12 * most
    height = top + BOTTOM + legend + tall * len(names)
    figure = canvas.new_figure(height)
    left = canvas.names_inches(names)
    text = [TEXT if panel.beside else 0.0 for panel in panels]
    wide = (canvas.WIDTH - left - sum(text) - GAP * len(panels)) / len(panels)
    for number, (panel, room) in enumerate(zip(panels, text, strict=True)):
        foot = (BOTTOM + legend) / height
        place = (left / canvas.WIDTH, foot, wide / canvas.WIDTH, tall * len(names) / height)
        axes = figure.add_axes(place)
        _draw(axes, panel, 0.66 / most, ticks=8 // len(panels))
        axes.set_yticks(
            range(len(names)), ["" if number else canvas.shorten(name) for name in names]
        )
        axes.set_ylim(len(names) - 0.5, -0.5)
        above = range(1, len(names)) if lines_above is None else lines_above
        for row in above:
            axes.axhline(row - 0.5, color="#D5DAE0", linewidth=0.7, zorder=0)
        for label, name in zip(axes.get_yticklabels(), names, strict=True):
            label.set_fontweight("bold" if name == bold else "normal")
        left += wide + room + GAP
    if marks:
        canvas.legend_below(figure, [mark.entry() for mark in marks])
    return figure


def _draw(axes: Axes, panel: Panel, apart: float, *, ticks: int) -> None:
    for row, values in enumerate(panel.rows):
        for at, (estimate, mark) in enumerate(values):
            y = row + apart * (at - (len(values) - 1) / 2)
            ends = [estimate.low, estimate.high]
            axes.plot(ends, [y, y], color=mark.colour, solid_capstyle="butt", zorder=2)
            axes.plot([estimate.value], [y], color=mark.colour, **mark.style(), zorder=3)
    for row, text in enumerate(panel.beside):
        _write_beside(axes, row, text, has_value=bool(panel.rows[row]))
    if panel.line is not None and np.isfinite(panel.line):
        style = (0, (2, 2)) if panel.line else "solid"
        axes.axvline(panel.line, color=INK, linewidth=0.8, zorder=1, linestyle=style)
    if panel.band:
        axes.axvspan(-panel.band, panel.band, color="#EEF1F4", zorder=0, linewidth=0)
    axes.set_title(panel.title)
    axes.set_xlabel(panel.label, color=canvas.MUTED)
    axes.set_xlim(*panel.limits)
    if panel.directed:
        _say_directions(axes, panel.directed)
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.xaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10]))
    canvas.decimal_ticks(axes.xaxis, panel.metric)


def _write_beside(axes: Axes, row: int, text: str, *, has_value: bool) -> None:
    """Write at the right of the axes, at the height of a row; what is too long for that place ends
    at the right end of the figure and reaches into the panel, where its row has no value."""
    long = not has_value and len(text) > 20
    axes.annotate(
        text,
        (0.995, row) if long else (1, row),
        xycoords=("figure fraction" if long else "axes fraction", "data"),
        xytext=(0 if long else 8, 0),
        textcoords="offset points",
        ha="right" if long else "left",
        va="center",
        fontsize=8.5,
        color=INK if has_value else canvas.MUTED,
    )


def _say_directions(axes: Axes, metric: Metric) -> None:
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
            color=canvas.MUTED,
            fontsize=8.5,
        )


def limits(
    estimates: Sequence[Estimate], also: Sequence[float] = (), *, symmetric: bool = False
) -> tuple[float, float]:
    """Ends of an axis that holds all intervals and the values of `also`, with a little room; as far
    on either side of zero where it is `symmetric`."""
    ends = [end for e in estimates for end in (e.low, e.value, e.high) if np.isfinite(end)]
    ends = [*ends, *also] or [0, 1]
    if symmetric:
        reach = 1.1 * max(map(abs, ends)) or 0.01
        return -reach, reach
    room = 0.05 * (max(ends) - min(ends)) or 0.01
    return min(ends) - room, max(ends) + room
