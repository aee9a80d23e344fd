"""Decision curves where classes have other shares than in the test part."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pleura.report.figures.canvas import (
    DOTTED,
    MUTED,
    entry,
    handles,
    legend_below,
    rows_of_panels,
    shorten,
    squares,
)
from pleura.report.findings import Findings
from pleura.report.numbers import decimal

LARGEST = 2.9  # inches


def curves(table: pd.DataFrame, findings: Findings) -> list[Figure]:
    """A column a class, up to four a figure; with the interval of the first recipe."""
    every = list(dict.fromkeys(table["class"]))
    return [_figure(table, findings, classes) for classes in rows_of_panels(every)]


def _figure(table: pd.DataFrame, findings: Findings, classes: Sequence[str]) -> Figure:
    looks = {name: findings.looks[name] for name in dict.fromkeys(table["recipe"])}
    entries = [*handles(looks, markers=False), entry("all are treated", **DOTTED)]
    figure, every = squares(len(classes), 1, LARGEST, legend=len(entries))
    for column, (name, axes) in enumerate(zip(classes, every, strict=True)):
        _draw(axes, table[table["class"] == name], findings)
        axes.set_title(shorten(name, 26))
        axes.set_xlabel("Threshold probability")
        axes.set_ylabel("" if column else "Net benefit")
    legend_below(figure, entries)
    return figure


def _draw(axes: Axes, table: pd.DataFrame, findings: Findings) -> None:
    axes.axhline(0, color=MUTED, linewidth=0.7)
    for number, (name, its) in enumerate(table.groupby("recipe", sort=False)):
        look = findings.looks[str(name)]
        axes.plot(its["threshold"], its["value"], **look.style(markers=False), linewidth=1.4)
        if not number:
            ends = its["low"], its["high"]
            axes.fill_between(its["threshold"], *ends, color=look.colour, alpha=0.15, linewidth=0)
    first = table[table["recipe"] == table["recipe"].iloc[0]]
    axes.plot(first["threshold"], first["all"], **DOTTED, linewidth=1)
    top = float(table[["value", "high", "all"]].max().max())
    axes.set(xlim=(0, float(first["threshold"].max())), ylim=(-0.15 * top, 1.08 * top))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: decimal(value, 2) if value % 1 else f"{value:g}")
