"""Names beside the points of a panel, so that none hides another name or a point."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from pleura.report.figures import canvas

DISTANCES = (7, 12, 18, 26, 36, 48, 62)  # points, from the middle of a marker
ANGLES = np.radians([0, 180, 45, -45, 135, -135, 90, -90, 20, -20, 160, -160, 70, -70, 110, -110])
MARKER = 4.0  # points: half of what a marker covers
FAR = 15  # points; from there on a thin line leads to the name
LONGEST = 28  # characters

Floats = NDArray[np.float64]


def place_names(
    axes: Axes,
    names: Sequence[str],
    points: Floats,
    colours: Sequence[str],
    lines: Floats,
    *,
    leaders: int,
) -> list[str]:
    """Write names beside their points, the first ones first; gives those that found room.

    points: (n, 2) x and y in data; lines: (m, 2, 2) ends of upright or level lines in data, which
    names keep clear of where they can. The first `leaders` names may stand farther off, with a thin
    line to the point. The limits of `axes` must be final.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None  # in which the axes stand
    dots_per_point = figure.dpi / 72
    at = axes.transData.transform(points)
    ends = axes.transData.transform(lines.reshape(-1, 2)).reshape(-1, 2, 2)
    struck = np.hstack([ends.min(axis=1) - dots_per_point, ends.max(axis=1) + dots_per_point])
    taken = np.hstack([at - MARKER * dots_per_point, at + MARKER * dots_per_point])
    frame = np.asarray(axes.get_window_extent().extents)
    placed = []
    for i, name in enumerate(names):
        text = axes.annotate(
            canvas.shorten(name, LONGEST),
            (float(points[i, 0]), float(points[i, 1])),
            xytext=(0, 0),
            textcoords="offset points",
            fontsize=8,
            color=colours[i],
        )
        extent = text.get_window_extent()
        size = np.array([extent.width, extent.height])
        distances = [d for d in DISTANCES if d < FAR or i < leaders]
        place = None
        for obstacles in (np.vstack([taken, struck]), taken):
            # A leader passes the lines, and the marker that it comes from.
            passed = np.delete(taken, i, axis=0)
            place = place or _free(at[i], size, dots_per_point, distances, obstacles, passed, frame)
        if place is None:
            text.remove()
            continue
        box, leader = place
        text.set_position(tuple((box[:2] - at[i]) / dots_per_point))
        taken = np.vstack([taken, box, *leader])
        if len(leader):
            far = axes.transData.inverted().transform(np.stack([at[i], leader[-1][:2]]))
            axes.plot(far[:, 0], far[:, 1], color=canvas.MUTED, linewidth=0.5, zorder=1)
        placed.append(name)
    return placed


def _free(
    at: Floats,
    size: Floats,
    dots_per_point: float,
    distances: Sequence[float],
    taken: Floats,
    passed: Floats,
    frame: Floats,
) -> tuple[Floats, list[Floats]] | None:
    """The nearest free box (4,) x0, y0, x1, y1 of a `size` beside `at`, and the points (4,) of the
    line to it where it is far; all in pixels."""
    for distance in distances:
        for angle in ANGLES:
            way = np.array([np.cos(angle), np.sin(angle)])
            near = at + way * distance * dots_per_point
            # The side of the box that faces the point lies at `near`.
            corner = near - size * (0.5 - 0.5 * np.where(np.abs(way) > 0.3, np.sign(way), 0))
            box = np.concatenate([corner, corner + size])
            fits = (box[:2] >= frame[:2]).all() and (box[2:] <= frame[2:]).all()
            if not fits or _overlaps(box, taken):
                continue
            steps = np.linspace(0, 1, 16)[:, None] if distance >= FAR else np.empty((0, 1))
            leader = [np.tile(point, 2) for point in at + steps * (near - at)]
            if not any(_overlaps(point, passed) for point in leader):
                return box, leader
    return None


def _overlaps(box: Floats, others: Floats) -> bool:
    """Whether `box` (4,) and any of `others` (m, 4) share area."""
    return bool(((box[:2] < others[:, 2:]) & (box[2:] > others[:, :2])).all(axis=1).any())
