"""Cost against performance: what a recipe reaches for its operations, size and time."""

import numpy as np
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
    names = [name for name in findings.looks if findings.has(name, fraction)]
    drawn = [what for what in AXES if any(_cost(costs, n, fraction, what) > 0 for n in names)]
    if not drawn:
        return None
    figure, every = canvas.panels(len(drawn), 2, 3.1, left=0.58, above=0.25, below=0.5, between=0.6)
    shown = [findings.primary(name, fraction) for name in names]
    ends = [end for e in shown for end in (e.low, e.value, e.high) if np.isfinite(end)]
    low, high = min(ends), max(ends)
    for i, (what, axes) in enumerate(zip(drawn, every, strict=True)):
        room = (high - low) or 0.01
        axes.set_ylim(low - 0.06 * room, high + 0.2 * room)  # names stand above the best
        priced = [name for name in names if _cost(costs, name, fraction, what) > 0]
        _panel(axes, costs, findings, fraction, what, priced)
        axes.set_ylabel("" if i % 2 else findings.metric.title)
    return figure


def _cost(costs: Costs, name: str, fraction: float, what: str) -> float:
    return float(getattr(costs.of[name, fraction], what))


def _panel(
    axes: Axes, costs: Costs, findings: Findings, fraction: float, what: str, names: list[str]
) -> None:
    title, written = AXES[what]
    cost = np.array([_cost(costs, name, fraction, what) for name in names])
    merit = np.array([findings.merit(name, fraction) for name in names])
    ends = [findings.primary(name, fraction) for name in names]
    points = np.column_stack([cost, [e.value for e in ends]])
    whiskers = np.array([(e.low, e.high) for e in ends])
    # What is handed over is no competitor, but one training of one of them.
    ranked = np.array([findings.looks[name].kind != "delivered" for name in names])
    front = np.zeros(len(names), dtype=np.bool_)
    front[ranked] = on_front(cost[ranked], merit[ranked])
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
    for i, name in enumerate(names):
        look = findings.looks[name]
        apart = look.kind in ("reference", "delivered")
        bright = front[i] or apart or len(names) <= MANY
        colours.append(look.colour if bright else canvas.MUTED)
        colour = look.colour if bright else FAINT
        axes.vlines(cost[i], *whiskers[i], color=colour, linewidth=0.9, alpha=0.6, zorder=2)
        axes.plot(
            *points[i],
            color=colour,
            marker=look.marker,
            markersize=5 * look.grown,
            zorder=4 if bright else 3,
        )
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
    canvas.decimal_ticks(axes.yaxis, bounded=findings.metric.bounded)
