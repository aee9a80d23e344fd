"""Segmented areas of clips with and without a flag."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pleura.report.figures.canvas import WIDTH, legend_below, legend_inches, new_figure, shorten

LOOKS = {"1": ("with the flag", "#B4480C", "o"), "0": ("without it", "#006CA8", "s")}
ROW, TITLE, FOOT, GAP = 0.62, 0.3, 0.5, 0.25  # inches
TALLEST_DOTS = 0.16  # half of the height over which dots are spread, in rows


def area_figure(areas: pd.DataFrame) -> Figure | None:
    """A panel a structure; in it a row a network, with dots and boxes by flag.

    A dot is a clip, its mean over seeds. A box goes from quartile to quartile, with the median in
    it, a line from the 5th to the 95th percentile. None where no clip has a flag.
    """
    known = areas[areas["flag"].isin(["0", "1"])]
    structures = list(dict.fromkeys(known["structure"]))
    networks = list(dict.fromkeys(known["network"]))
    if not structures:
        return None
    labels = 0.3 + 0.07 * max(len(shorten(name)) for name in networks)
    lines = -(-len(structures) // 2)
    panel = TITLE + ROW * len(networks) + FOOT
    legend = legend_inches(len(LOOKS))
    figure = new_figure(lines * panel + legend)
    height = figure.get_figheight()
    columns = min(2, len(structures))
    width = (WIDTH - labels - GAP * columns) / columns
    for number, structure in enumerate(structures):
        line, column = divmod(number, 2)
        left = labels + column * (width + GAP)
        bottom = height - (line + 1) * panel + FOOT
        tall = ROW * len(networks)
        place = (left / WIDTH, bottom / height, width / WIDTH, tall / height)
        axes = figure.add_axes(place)
        mine = known[known["structure"] == structure]
        for row, network in enumerate(networks):
            _row(axes, row, mine[mine["network"] == network])
        axes.set_title(f"{shorten(structure)}, % of the image")
        names = [shorten(name) for name in networks]
        axes.set_yticks(range(len(networks)), names if column == 0 else [""] * len(networks))
        axes.set_ylim(len(networks) - 0.5, -0.5)
        _square_root_scale(axes, 100 * float(mine["area"].max()))
        axes.grid(False, axis="y")
        axes.tick_params(axis="y", length=0)
    entries = [
        Line2D([], [], color=colour, marker=marker, linestyle="", label=f"clips {name}")
        for name, colour, marker in LOOKS.values()
    ]
    legend_below(figure, entries)
    return figure


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


def _row(axes: Axes, row: int, areas: pd.DataFrame) -> None:
    clips = areas.groupby("video").agg({"area": "mean", "flag": "first"})
    for flag, y in (("1", row - 0.21), ("0", row + 0.21)):
        values = 100 * clips.loc[clips["flag"] == flag, "area"].to_numpy()
        if not len(values):
            continue
        _, colour, marker = LOOKS[flag]
        spread = np.random.default_rng(row).uniform(-TALLEST_DOTS, TALLEST_DOTS, len(values))
        axes.plot(
            values,
            y + spread,
            linestyle="",
            marker=marker,
            markersize=3,
            color=colour,
            alpha=0.45,
            markeredgewidth=0,
        )
        low, left, middle, right, high = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))
        axes.plot([low, left], [y, y], color=colour, linewidth=0.9)
        axes.plot([right, high], [y, y], color=colour, linewidth=0.9)
        axes.barh(y, right - left, 0.3, left, fill=False, edgecolor=colour, linewidth=1.1)
        axes.plot([middle, middle], [y - 0.15, y + 0.15], color=colour, linewidth=2.4)
