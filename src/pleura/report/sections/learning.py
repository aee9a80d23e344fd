"""Losses and a score on validation by epoch."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pleura.evaluate.extrapolation import Gain
from pleura.report import cells
from pleura.report.figures import canvas
from pleura.report.figures.pretraining import draw_epochs
from pleura.report.findings import Findings
from pleura.report.folder import Folder
from pleura.report.looks import Look
from pleura.report.more import in_words, twice_the_epochs, twice_the_labels
from pleura.report.numbers import METRICS, MISSING, Metric
from pleura.report.section import Blocks, Section, Words, always, figures_by_fraction
from pleura.report.study import Study
from pleura.report.study_file import images_grow
from pleura.report.table import Cell, Table

JUDGED = (0, (3, 1.5))
LOSS, SCORE, LEFT = 1.15, 0.75, 0.68  # inches


def learning_curves(
    runs: pd.DataFrame, looks: Mapping[str, Look], fraction: float, by: Metric = METRICS["auroc"]
) -> Figure | None:
    """Above: the loss as trained (pale), of training images as they are judged (dashed) and of
    validation (full); below: the metric `by` which validation chose, of the latter two.

    A thin line a seed and fold; a gray horizontal at the loss of guessing, where it is known;
    dotted verticals where the first run enters another phase. Scales are shared between recipes.
    None where no run has a history.
    """
    here = runs[(runs["fraction"] == fraction) & (runs["history"].map(len) > 0)]
    names = [name for name in looks if (here["recipe"] == name).any()]
    if not names:
        return None
    across = min(max(3, len(names)), canvas.PANELS_IN_A_ROW)
    figure, every = canvas.stacked(
        len(names), across, (LOSS, SCORE), left=LEFT, above=0.3, below=0.54
    )
    for i, (name, (above, below)) in enumerate(zip(names, every, strict=True)):
        mine = here[here["recipe"] == name]
        _draw(above, below, list(mine["history"]), looks[name], by.name)
        if np.isfinite(guess := mine["guessing_loss"].mean()):
            above.axhline(guess, color=canvas.MUTED, linewidth=0.8)
        above.set_title(canvas.shorten(name, 30))
        above.tick_params(labelbottom=False, length=0)
        for axes, title in ((above, "Loss"), (below, by.label)):
            axes.set_ylabel("" if i % across else title)
            axes.tick_params(labelleft=i % across == 0)
        canvas.decimal_ticks(below.yaxis)
    for panels in zip(*every, strict=True):
        canvas.share(panels)
    for _, below in every[-across:]:
        below.set_xlabel("Epoch", color=canvas.MUTED)
        below.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    return figure


def _draw(
    above: Axes,
    below: Axes,
    histories: Sequence[Sequence[Mapping[str, Any]]],
    look: Look,
    score: str,
) -> None:
    for history in histories:
        for axes, what, alpha, dashes in (
            (above, "loss", 0.35, "-"),
            (above, "judged_loss", 1, JUDGED),
            (above, "validation_loss", 1, "-"),
            (below, f"judged_{score}", 1, JUDGED),
            (below, f"validation_{score}", 1, "-"),
        ):
            draw_epochs(axes, history, what, color=look.colour, alpha=alpha, linestyle=dashes)
    phases = [epoch.get("phase") for epoch in histories[0]]
    for epoch, (before, phase) in enumerate(pairwise(phases), start=1):
        for axes in (above, below) if phase != before else ():
            axes.axvline(epoch + 0.5, **canvas.DOTTED, linewidth=0.8)


def what_more_brings(
    runs: pd.DataFrame, findings: Findings, by: Metric, *, grown: bool = False
) -> Table:
    """What twice the epochs, and twice the labels, would bring each recipe, if curves of the metric
    `by` go on as they are; `grown`: whether images grew in training."""
    rows = []
    for name, mine in findings.by_recipe(runs):
        at_most = mine[mine["fraction"] == mine["fraction"].max()]
        trained = at_most[at_most["history"].map(len) > 0]
        gains = twice_the_epochs(trained, by, grown=grown), twice_the_labels(mine, by)
        rows.append([cells.recipe(name, findings), *(_gain(gain, by) for gain in gains)])
    columns = ("Recipe | Twice the epochs", "Twice the labels")
    return Table.of(f"If curves of {by.label} on validation go on as they are", rows, *columns)


def _gain(gain: Gain, by: Metric) -> Cell:
    words = in_words(gain, by)
    return Cell(words or MISSING, gain.silent, order=float(gain.median))


def _blocks(study: Study[Folder], _: bool) -> Blocks:
    contents, findings = study.recipes.contents, study.recipes.findings
    runs, grown = contents.runs, images_grow(contents.study)
    draw = partial(learning_curves, runs, findings.looks, by=study.by)
    curves = figures_by_fraction("learning", "Learning curves", findings.fractions, draw)
    if curves.drawn:
        yield Words(guessing=runs["guessing_loss"].notna().any(), taught="teacher" in runs)
        yield curves
        yield what_more_brings(runs, findings, study.by, grown=grown)


SECTION = Section("learning", always, _blocks)
