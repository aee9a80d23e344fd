"""Pretraining by epoch: loss, AUROC of kNN and probe, effective rank; one panel a step."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pleura.report.figures import canvas
from pleura.report.looks import INK
from pleura.report.numbers import decimal

LEAST_RANK = 2  # effective rank below which features have collapsed
HIGH = (0.85, 0.85, 0.6)  # inches: loss, AUROC, rank
ROWS = (
    {"train_loss": ("loss on training", "#B9C1C9"), "loss": ("loss on validation", INK)},
    {
        "knn_auroc": ("AUROC of nearest neighbours", "#006CA8"),
        "probe_auroc": ("AUROC of a linear probe", "#B4480C"),
    },
    {"effective_rank": ("effective rank", "#00846C")},
)
NAMES = ("Loss", "AUROC", "Eff. rank")


def steps_of(pretraining: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Every step as (name, chain before it, its runs on one backbone), as the table has them."""
    for (_, start, name), runs in pretraining.groupby(["backbone", "start", "name"], sort=False):
        yield str(name), str(start), runs


def of_epochs(history: Sequence[Mapping[str, Any]], what: str) -> list[float]:
    """The values of `what` by epoch, nan where an epoch has none."""
    return [np.nan if epoch.get(what) is None else float(epoch[what]) for epoch in history]


def draw_epochs(axes: Axes, history: Sequence[Mapping[str, Any]], what: str, **style: Any) -> None:
    """A line of the values of `what`, a dot where there is one epoch alone. Epochs may start anew
    in each phase of a training: the axis counts them over all phases."""
    dot = "." if len(history) == 1 else ""
    epochs = range(1, len(history) + 1)
    axes.plot(epochs, of_epochs(history, what), linewidth=0.9, marker=dot, **style)


def pretraining_curves(pretraining: pd.DataFrame) -> Figure | None:
    """A line a run and epoch on it; losses have scales of their own, since methods differ in them.

    None where no run has a history.
    """
    steps = [step for step in steps_of(pretraining) if step[2]["history"].map(len).any()]
    if not steps:
        return None
    across = min(max(3, len(steps)), canvas.PANELS_IN_A_ROW)
    figure, every = canvas.stacked(
        len(steps), across, HIGH, left=0.5, above=0.45, below=0.4, between=0.35, legend=5
    )
    for i, ((name, start, runs), stack) in enumerate(zip(steps, every, strict=True)):
        for part, (axes, drawn) in enumerate(zip(stack, ROWS, strict=True)):
            _draw(axes, runs, drawn)
            axes.tick_params(labelbottom=part == len(HIGH) - 1, length=0)
            axes.tick_params(labelleft=part == 0 or i % across == 0)
            axes.set_ylabel("" if i % across else NAMES[part])
            axes.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        first = stack[0]
        first.set_title(canvas.shorten(name, 28), pad=17)
        first.annotate(
            f"after {canvas.shorten(start, 34)}",
            (0, 1),
            xycoords="axes fraction",
            xytext=(0, 5),
            textcoords="offset points",
            color=canvas.MUTED,
            fontsize=8,
        )
    _set_ranges([stack[1] for stack in every], [stack[2] for stack in every])
    for *_, axes in every[-across:]:
        axes.set_xlabel("Epoch", color=canvas.MUTED)
    styles = [style for drawn in ROWS for style in drawn.values()]
    canvas.legend_below(figure, [canvas.entry(label, color=colour) for label, colour in styles])
    return figure


def _draw(axes: Axes, runs: pd.DataFrame, drawn: dict[str, tuple[str, str]]) -> None:
    for history in runs["history"]:
        for what, (_, colour) in drawn.items():
            draw_epochs(axes, history, what, color=colour)


def _set_ranges(aurocs: list[Axes], ranks: list[Axes]) -> None:
    """One vertical range for all panels of a kind; ranks on a logarithmic axis."""
    for panels in (aurocs, ranks):
        # A step without labels has no AUROC, and its panel no limits.
        ends = [end for axes in panels for end in axes.dataLim.intervaly if math.isfinite(end)]
        for axes in panels:
            if panels is ranks:
                axes.set_yscale("log")
                axes.set_ylim(0.9, 1.2 * max([*ends, 10]))
                axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
                axes.axhline(LEAST_RANK, **canvas.DOTTED, linewidth=0.8)
            else:
                axes.set_ylim(min([*ends, 0.45]), 1.01)
                axes.yaxis.set_major_formatter(lambda value, _: decimal(value, 2))
