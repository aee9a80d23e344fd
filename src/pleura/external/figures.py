"""The figures of an evaluation: here against home, reliability, distances from the training."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pleura.evaluate.reliability import BEFORE
from pleura.external.predicted import DISTANCE
from pleura.external.tables import Evaluated
from pleura.report.figures import canvas
from pleura.report.figures.rows import Mark, Panel, interval_rows, limits, one_each
from pleura.report.findings import Estimate
from pleura.report.looks import COLOURS, GRAYS, INK
from pleura.report.numbers import Metric, capital

AT_HOME, HERE = "test part at home", "here"
JUDGED_BEFORE, JUDGED_AFTER = "judged before", "judged after"
BINS = 30
FARTHEST = 10.0  # multiples of the limit; what is beyond counts in the last bin
MARKS = {
    AT_HOME: Mark("s", GRAYS[0], "w", label=AT_HOME),
    HERE: Mark("o", INK, label=HERE),
}


def here_and_home(evaluated: Evaluated) -> Figure:
    """A row a metric that is written as the primary one: both places, and the difference."""
    primary = evaluated.primary
    metrics = [
        metric
        for metric in evaluated.metrics.values()
        if metric.unit == primary.unit
        and metric.transformation == primary.transformation
        and np.isfinite(evaluated.value(metric.name).value)
    ]
    names = [metric.title for metric in metrics]
    rows = [_both(evaluated, metric) for metric in metrics]
    every = [estimate for row in rows for estimate, _ in row]
    left = Panel(
        rows,
        capital(primary.label) if len(metrics) == 1 else "Value",
        limits=limits(every),
        metric=primary,
    )
    if not evaluated.has_home:
        return interval_rows(names, [left], [MARKS[HERE]], bold=primary.title)
    differences = {
        metric.title: evaluated.difference(metric.name)
        for metric in metrics
        if np.isfinite(evaluated.difference(metric.name).low)
    }
    right = one_each(
        *(names, differences, dict.fromkeys(names, Mark("D", INK)), primary, {}),
        title="Here less at home",
        line=0,
        limits=limits([*differences.values()], symmetric=True),
        directed=primary,
    )
    return interval_rows(names, [left, right], [*MARKS.values()], bold=primary.title)


def _both(evaluated: Evaluated, metric: Metric) -> list[tuple[Estimate, Mark]]:
    pairs = [
        (evaluated.at_home(metric.name), MARKS[AT_HOME]),
        (evaluated.value(metric.name), MARKS[HERE]),
    ]
    return [(estimate, mark) for estimate, mark in pairs if np.isfinite(estimate.value)]


def reliability(evaluated: Evaluated) -> list[Figure]:
    """A panel a class: how often it is there, against how probable it was said to be; of those who
    judge a recalibration before and after it, or else of all."""
    table = evaluated.table("reliability")
    after = table[table["shown"] == JUDGED_AFTER]
    first = JUDGED_BEFORE if len(after) else BEFORE
    curves = [(first, "as handed over", GRAYS[0], "s")]
    curves += [(JUDGED_AFTER, "recalibrated", COLOURS[0], "o")] if len(after) else []

    def draw(axes: Axes, name: str) -> None:
        axes.plot([0, 1], [0, 1], **canvas.DOTTED, linewidth=0.7)
        for shown, _, colour, marker in curves:
            its = table[(table["class"] == name) & (table["shown"] == shown)]
            axes.vlines(its["predicted"], its["low"], its["high"], color=colour, linewidth=0.8)
            style: dict[str, Any] = {
                "marker": marker,
                "markersize": 3.5,
                "color": colour,
                "linewidth": 1.0,
            }
            axes.plot(its["predicted"], its["observed"], **style)
        canvas.unit_axes(axes, room=0.02)

    entries = [
        canvas.entry(label, color=colour, marker=marker, markersize=3.5)
        for _, label, colour, marker in curves
    ]
    return canvas.square_panels(evaluated.classes, draw, entries, ("Probability", "Share"))


def distances(evaluated: Evaluated) -> Figure | None:
    """How far images are from the training images, a panel a class (all of findings and numbers);
    None where that is not known."""
    table = evaluated.predictions
    if DISTANCE not in table:
        return None
    values = pd.to_numeric(table[DISTANCE], errors="coerce").to_numpy(dtype=np.float64)
    shown: Sequence[str] = [f"All {evaluated.by}s"]
    of = [np.ones(len(table), np.bool_)]
    if evaluated.noun.single and evaluated.classes:
        shown = evaluated.classes
        of = [(table["label"] == name).to_numpy() for name in shown]
    top = float(min(FARTHEST, max(2.0, np.nanmax(values) * 1.02)))
    edges = np.linspace(0, top, BINS + 1)
    figure, every = canvas.panels(
        len(shown), min(3, len(shown)), 1.5, left=0.6, above=0.35, below=0.6, between=0.35
    )
    for axes, name, at in zip(every, shown, of, strict=True):
        inside = values[at]
        like, unlike = inside[inside <= 1], np.minimum(inside[inside > 1], top)
        both = [like, unlike]
        axes.hist(both, edges.tolist(), stacked=True, color=[GRAYS[1], COLOURS[1]], linewidth=0)
        axes.axvline(1, color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
        axes.set_title(canvas.shorten(name, 30))
        axes.set_xlabel("Distance from the training images, limits")
        axes.set_ylabel(f"{evaluated.by.capitalize()}s" if axes is every[0] else "")
        axes.grid(False, axis="x")
    canvas.share(every, "x")
    return figure
