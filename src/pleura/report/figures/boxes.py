"""Box plots in rows: of single images by recipe, of clips by network and flag."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pleura.report.figures import canvas
from pleura.report.findings import Findings
from pleura.report.looks import INK
from pleura.report.numbers import capital, count

Floats = NDArray[np.float64]
FLAGS = {"1": ("with the flag", "#B4480C", "o"), "0": ("without it", "#006CA8", "s")}
TALLEST_DOTS = 0.16  # half of the height over which dots are spread, in rows


def boxes(test: pd.DataFrame, findings: Findings, fraction: float) -> Figure:
    """The primary measure of every test image that has one, averaged over seeds: a panel a
    structure, a row a recipe, one scale for all panels.

    The box holds the middle half, the line is the median; whiskers reach to the last case within
    1.5 times the box's length (Tukey 1977), all others are dots.
    """
    metric, names = findings.metric, list(findings.at(fraction))
    here = test[test["fraction"] == fraction]
    keys = ["recipe", "structure", "fold", "image"]
    values = here.groupby(keys)[metric.name].mean().dropna() * metric.shown_times
    structures = [name for name in findings.classes if name in values.index.unique("structure")]
    across, left = min(3, len(structures)), canvas.names_inches(names)
    figure, every = canvas.panels(
        len(structures), across, 0.3 * len(names), left=left, above=0.35, below=0.6, between=0.2
    )
    for i, (structure, axes) in enumerate(zip(structures, every, strict=True)):
        of = values.xs(structure, level="structure")
        for row, name in enumerate(names):
            if name in of.index.unique("recipe"):
                mine = of.xs(name, level="recipe").to_numpy()
                low, high = np.percentile(mine, (25, 75))
                far = np.abs(mine - np.clip(mine, low, high)) > 1.5 * (high - low)
                ends = mine[~far].min(), mine[~far].max()
                colour = findings.looks[name].colour
                _box(axes, row, mine, ends, colour, 0.28)
                _dots(axes, mine[far], np.full(far.sum(), row), colour, "o")
        axes.set_title(
            f"{canvas.shorten(structure, 24)} · {count(len(of.groupby(keys[2:])), 'image')}"
        )
        axes.set_xlabel(capital(metric.label) if i + across >= len(structures) else "")
        _rows(axes, names, named=i % across == 0)
        canvas.decimal_ticks(axes.xaxis, metric)
    canvas.share(every, "x")
    for axes in every if metric.bounded else ():
        axes.set_xlim(right=1.01)
    return figure


def area_figure(areas: pd.DataFrame) -> Figure | None:
    """Segmented areas of clips: a panel a structure; in it a row a network, with dots and boxes by
    flag.

    A dot is a clip, its mean over seeds. A box goes from quartile to quartile, with the median in
    it, a line from the 5th to the 95th percentile. None where no clip has a flag.
    """
    flagged = areas[areas["flag"].isin(["0", "1"])]
    structures, networks = (list(dict.fromkeys(flagged[key])) for key in ("structure", "network"))
    if not structures:
        return None
    across, tall = min(2, len(structures)), 0.62 * len(networks)
    figure, every = canvas.panels(
        len(structures),
        across,
        tall,
        left=canvas.names_inches(networks),
        between=0.25,
        legend=len(FLAGS),
    )
    for i, (structure, axes) in enumerate(zip(structures, every, strict=True)):
        mine = flagged[flagged["structure"] == structure]
        for row, network in enumerate(networks):
            of = mine[mine["network"] == network].groupby("video")
            clips = of.agg({"area": "mean", "flag": "first"})
            for (flag, (_, colour, marker)), aside in zip(
                FLAGS.items(), (-0.21, 0.21), strict=True
            ):
                values = 100 * clips.loc[clips["flag"] == flag, "area"].to_numpy()
                if len(values):
                    generator = np.random.default_rng(row)
                    spread = generator.uniform(-TALLEST_DOTS, TALLEST_DOTS, len(values))
                    _dots(axes, values, row + aside + spread, colour, marker)
                    ends = np.quantile(values, (0.05, 0.95))
                    _box(axes, row + aside, values, ends, colour, 0.15)
        axes.set_title(f"{canvas.shorten(structure)}, % of the image")
        _rows(axes, networks, named=i % across == 0)
        _square_root_scale(axes, 100 * float(mine["area"].max()))
    entries = [
        canvas.entry(f"clips {name}", color=colour, marker=marker, linestyle="")
        for name, colour, marker in FLAGS.values()
    ]
    canvas.legend_below(figure, entries)
    return figure


def _box(
    axes: Axes, y: float, values: Floats, ends: Sequence[float] | Floats, colour: str, half: float
) -> None:
    low, middle, high = np.percentile(values, (25, 50, 75))
    axes.plot(ends, [y, y], color=colour, linewidth=0.9, zorder=2)
    axes.barh(
        y, high - low, 2 * half, low, facecolor="w", edgecolor=colour, linewidth=1.2, zorder=3
    )
    axes.plot([middle, middle], [y - half, y + half], color=colour, linewidth=2.4, zorder=4)


def _dots(axes: Axes, values: Floats, y: Floats, colour: str, marker: str) -> None:
    axes.plot(
        values,
        y,
        color=colour,
        marker=marker,
        linestyle="",
        markersize=2.8,
        markeredgewidth=0,
        alpha=0.5,
        zorder=5,
    )


def _rows(axes: Axes, names: Sequence[str], *, named: bool) -> None:
    axes.set_yticks(range(len(names)), [canvas.shorten(name) if named else "" for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines["left"].set_visible(False)


def _square_root_scale(axes: Axes, largest: float) -> None:
    """Most areas are near none, a few are large: both can be read."""
    axes.set_xscale("function", functions=(lambda x: np.sqrt(np.maximum(x, 0)), np.square))
    end = max(1.04 * largest, 0.1)
    axes.set_xlim(0, end)
    ticks = [0.0]
    for tick in (t * 10.0**power for power in range(-2, 2) for t in (1, 2, 5)):
        if np.sqrt(tick / end) - np.sqrt(ticks[-1] / end) > 0.09 and tick <= end:
            ticks.append(tick)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
