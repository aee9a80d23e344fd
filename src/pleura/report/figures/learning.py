"""Learning curves: losses and a score on validation by epoch, one panel a recipe."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pleura.report.figures.canvas import MUTED, decimal_ticks, share, shorten, stacked
from pleura.report.looks import Look
from pleura.report.numbers import METRICS, Metric

MOST_ACROSS = 4
JUDGED = (0, (3, 1.5))
LOSS, SCORE, LEFT = 1.15, 0.75, 0.68  # inches


def learning_curves(
    runs: pd.DataFrame,
    looks: Mapping[str, Look],
    fraction: float,
    by: Metric = METRICS["auroc"],
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
    across = min(max(3, len(names)), MOST_ACROSS)
    figure, every = stacked(len(names), across, (LOSS, SCORE), left=LEFT, above=0.3, below=0.54)
    for i, (name, (above, below)) in enumerate(zip(names, every, strict=True)):
        mine = here[here["recipe"] == name]
        _draw(above, below, list(mine["history"]), looks[name], by.name)
        if np.isfinite(guess := mine["guessing_loss"].mean()):
            above.axhline(guess, color=MUTED, linewidth=0.8)
        above.set_title(shorten(name, 30))
        above.tick_params(labelbottom=False, length=0)
        for axes, title in ((above, "Loss"), (below, by.label)):
            axes.set_ylabel("" if i % across else title)
            axes.tick_params(labelleft=i % across == 0)
        decimal_ticks(below.yaxis)
    for panels in zip(*every, strict=True):
        share(panels)
    for _, below in every[-across:]:
        below.set_xlabel("Epoch", color=MUTED)
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
        # Epochs may start anew in each phase: the axis counts epochs over all phases.
        x = np.arange(1, len(history) + 1)
        dot = "." if len(history) == 1 else ""
        for axes, key, alpha, dashes in (
            (above, "loss", 0.35, "-"),
            (above, "judged_loss", 1, JUDGED),
            (above, "validation_loss", 1, "-"),
            (below, f"judged_{score}", 1, JUDGED),
            (below, f"validation_{score}", 1, "-"),
        ):
            y = [np.nan if epoch.get(key) is None else float(epoch[key]) for epoch in history]
            axes.plot(
                x, y, color=look.colour, linewidth=0.9, alpha=alpha, marker=dot, linestyle=dashes
            )
    phases = [epoch.get("phase") for epoch in histories[0]]
    for i in range(1, len(phases)):
        if phases[i] != phases[i - 1]:
            for axes in (above, below):
                axes.axvline(i + 0.5, color=MUTED, linewidth=0.8, linestyle=(0, (1, 2)))
