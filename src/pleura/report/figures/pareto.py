"""Cost against performance: what a recipe reaches for its operations, size and time."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from pleura.report.costs import Costs
from pleura.report.figures import canvas
from pleura.report.figures.placing import place_names
from pleura.report.findings import Findings
from pleura.report.looks import FAINT, INK
from pleura.report.numbers import magnitude

Floats = NDArray[np.float64]
AXES = {
    "macs": ("MACs an image", magnitude),
    "parameters": ("Parameters", magnitude),
    "latency_ms": ("Time an image, ms", lambda value: f"{value:.3g}"),
    "tuning_seconds": (
        "Training and tuning, seconds a run",
        lambda value: f"{value:,.3f}".rstrip("0").rstrip("."),
    ),
}
MANY = 9  # more recipes than that: those off the front are pale


def on_front(cost: Floats, merit: Floats) -> NDArray[np.bool_]:
    """Which of n are beaten by none that costs no more: nothing is both cheaper and better.

    cost, merit: (n,), more merit is better. Of equal pairs all are on the front.
    """
    cheaper = cost[:, None] >= cost
    better = merit[:, None] <= merit
    strictly = (cost[:, None] > cost) | (merit[:, None] < merit)
    return np.asarray(~(cheaper & better & strictly).any(axis=1))


def pareto(costs: Costs, findings: Findings, fraction: float) -> Figure | None:
    """Four panels at one fraction; None where no cost is known.

    Each: the primary metric with its interval against a cost on a logarithmic axis, and a step line
    along the recipes that nothing beats at their cost; the model handed over is none of them.
    Dotted: the best pixel baseline.
    """
    rows = {
        name: asdict(costs.of[name, fraction]) | asdict(findings.primary(name, fraction))
        for name in findings.looks
        if findings.has(name, fraction)
    }
    table = pd.DataFrame.from_dict(rows, orient="index")
    drawn = [what for what in AXES if rows and (table[what] > 0).any()]
    if not drawn:
        return None
    figure, every = canvas.panels(len(drawn), 2, 3.1, left=0.58, above=0.25, below=0.5, between=0.6)
    ends = table[["low", "value", "high"]].to_numpy()
    low, high = ends[np.isfinite(ends)].min(), ends[np.isfinite(ends)].max()
    for i, (what, axes) in enumerate(zip(drawn, every, strict=True)):
        room = (high - low) or 0.01
        axes.set_ylim(low - 0.06 * room, high + 0.2 * room)  # names stand above the best
        _panel(axes, table[table[what] > 0], what, findings, fraction)
        axes.set_ylabel("" if i % 2 else findings.metric.title)
    return figure


def _panel(axes: Axes, table: pd.DataFrame, what: str, findings: Findings, fraction: float) -> None:
    """A row of `table` is a recipe or baseline of which the cost `what` is known."""
    (title, written), names = AXES[what], list(table.index)
    points, whiskers = table[[what, "value"]].to_numpy(), table[["low", "high"]].to_numpy()
    cost, merit = points[:, 0], findings.metric.sign * points[:, 1]
    looks = [findings.looks[name] for name in names]
    # What is handed over is no competitor, but one training of one of them.
    front = np.array([not look.handed_over for look in looks])
    front[front] = on_front(cost[front], merit[front])
    axes.set_xscale("log")
    span = max(np.log10(cost.max() / cost.min()), 0.3)
    middle = np.sqrt(cost.max() * cost.min())
    axes.set_xlim(middle / 10 ** (0.72 * span), middle * 10 ** (0.72 * span))
    baseline = findings.best_baseline(fraction)
    if baseline:
        value = findings.primary(baseline, fraction).value
        axes.axhline(value, **canvas.DOTTED, linewidth=0.9, zorder=1)
    order = np.lexsort((-merit, cost))
    stairs = points[[i for i in order if front[i]]]
    axes.step(stairs[:, 0], stairs[:, 1], where="post", color=FAINT, linewidth=3, zorder=1)
    colours = []
    for i, look in enumerate(looks):
        apart = look.handed_over or names[i] == findings.reference
        bright = front[i] or apart or len(names) <= MANY
        colours.append(look.colour if bright else canvas.MUTED)
        colour = look.colour if bright else FAINT
        axes.vlines(cost[i], *whiskers[i], color=colour, linewidth=0.9, alpha=0.6, zorder=2)
        marker: dict[str, Any] = {"marker": look.marker, "markersize": 5 * look.grown}
        axes.plot(*points[i], color=colour, **marker, zorder=4 if bright else 3)
    shown = sorted(
        range(len(names)),
        # Of the front the cheapest has the least room.
        key=lambda i: (not front[i], names[i] != findings.reference, cost[i] * front[i], -merit[i]),
    )
    corners = np.column_stack([stairs[1:, 0], stairs[:-1, 1]])
    bars = np.stack([np.column_stack([cost, end]) for end in whiskers.T], axis=1)
    steps = [np.stack([stairs[:-1], corners], axis=1), np.stack([corners, stairs[1:]], axis=1)]
    place_names(
        axes,
        [names[i] for i in shown],
        points[shown],
        [colours[i] for i in shown],
        np.concatenate([bars, *steps]),
        leaders=len(names) if len(names) <= MANY else int(front.sum()) + 1,
    )
    axes.set_title(title, color=INK)
    axes.xaxis.set_major_locator(LogLocator(10, subs=(1, 2, 5) if span < 1.5 else (1,)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(lambda value, _: written(value))
    low, high = axes.get_ylim()
    most = min(high, 1) if findings.metric.bounded else high
    axes.set_yticks([y for y in MaxNLocator(5).tick_values(low, high) if low <= y <= most])
    canvas.decimal_ticks(axes.yaxis, findings.metric)
