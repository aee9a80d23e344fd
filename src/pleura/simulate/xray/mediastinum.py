"""Heart, great vessels, thymus and airways between the lungs."""

import numpy as np

from pleura.simulate.xray.anatomy import Patient
from pleura.simulate.xray.geometry import Array, View, along, bump, lookup
from pleura.simulate.xray.pose import Pose


def oval(
    x: Array, y: Array, centre: tuple[float, float], axes: tuple[float, float], lean: float
) -> Array:
    """Thickness profile 0..1 of an ellipsoid whose long axis leans by `lean` radians."""
    if centre[1] + max(axes) < y[0].min() or centre[1] - max(axes) > y[-1].max():
        return np.zeros_like(x)
    cos, sin = np.float32(np.cos(lean)), np.float32(np.sin(lean))
    dx, dy = x - np.float32(centre[0]), y - np.float32(centre[1])
    a = (cos * dx + sin * dy) / np.float32(axes[0])
    b = (cos * dy - sin * dx) / np.float32(axes[1])
    return np.asarray(np.sqrt(np.maximum(1 - a * a - b * b, 0)), np.float32)


def borders(patient: Patient, pose: Pose) -> tuple[Array, Array]:
    """Distances of the right and the left mediastinal border from the midline at 1024 heights.

    Right: superior vena cava, then the right atrium. Left: aortic knob, pulmonary trunk, left
    ventricle down to the apex. A thymus widens both.
    """
    y = np.linspace(-1.5, 3.0, 1024, dtype=np.float32)
    low, p, heart = pose.dome(patient), patient.pedicle, patient.heart
    heart = heart * (1 - 0.04 * pose.inspiration)

    right = along(
        (-1.0, 0.0, 0.2 * low, 0.45 * low, 0.62 * low, 0.8 * low, 0.95 * low, 1.1 * low, 3.0),
        (0.6 * p, 0.8 * p, p, 1.05 * p, 1.25 * p, 0.64 * heart, 0.6 * heart, 0.4 * heart, 0.2),
        y,
    )
    # From the pulmonary trunk the border falls off straight to the apex.
    apex, trunk, start = low - patient.heart_low, 0.47 * low, 1.35 * p
    heights: tuple[float, ...] = (-1.0, 0.0, 0.2 * low, 0.37 * low, trunk)
    reach: tuple[float, ...] = (0.6 * p, 0.85 * p, p, 1.15 * p, start)
    fall = tuple(trunk + part * (apex - trunk) for part in (0.4, 0.75, 1.0))
    widths = tuple(start + part * (1.34 * heart - start) for part in (0.46, 0.86, 1.0))
    heights = (*heights, *fall, apex + 0.2, apex + 0.5, 3.0)
    reach = (*reach, *widths, 1.2 * heart, heart, 0.2)
    left = along(heights, reach, y)
    knob = 0.29 * low
    left = left + 0.11 * patient.aorta * bump(y, knob, 0.13) + 0.035 * bump(y, trunk, 0.1)
    sail = patient.thymus * bump(y, 0.5, 0.3, 4) * (1 + 0.04 * np.sin(22 * y))
    return (right + 0.6 * sail).astype(np.float32), (left + 0.5 * sail).astype(np.float32)


def mediastinum(patient: Patient, pose: Pose, x: Array, y: Array) -> tuple[Array, Array]:
    """What heart, vessels and thymus take of the lungs' depth, 0..1, and the distance from their
    edge.

    The distance is 0 at the midline and 1 at the border that a lung shares with the mediastinum.
    """
    low = pose.dome(patient)
    right, left = borders(patient, pose)
    reach = np.where(x > 0, lookup(left, -1.5, 3.0, y), lookup(right, -1.5, 3.0, y))
    place = np.abs(x) / reach
    # Thickness from back to front: the great vessels fill less of the chest than the heart.
    # It ends on the diaphragm: the lung behind the dome lies beside the spine alone.
    heights = (-0.3, 0.2, 0.6, 0.9, low - 0.3, low, low + 0.1, low + 0.35)
    amount = along(heights, (0.7, 0.52, 0.44, 0.46, 0.57, 0.6, 0.45, 0), y)
    clear = 1 - amount * np.sqrt(np.maximum(1 - place * place, 0))
    # Little lung lies before and behind the spine; the descending aorta runs at its left.
    clear *= 1 - 0.2 * np.sqrt(np.maximum(1 - (x / 0.17) ** 2, 0))
    if patient.adult:
        line = 0.1 + 0.03 * patient.aorta + patient.bend * np.sin(3 * y)
        aorta = np.sqrt(np.maximum(1 - ((x - line) / 0.085) ** 2, 0))
        clear *= 1 - aorta * np.clip(1.25 * y - 0.44, 0, 0.25)
    return np.asarray(1 - clear, np.float32), np.asarray(place, np.float32)


def airways(view: View) -> Array:
    """Thickness of the air in trachea and main bronchi in body units, (h, w)."""
    x, y = view.grid
    air = np.zeros_like(x)
    near = (np.abs(x) < 0.4) & (y < 0.95)
    x, y = x[near] - np.float32(0.1 * np.sin(view.turn)), y[near]
    thick = np.zeros_like(x)
    for start, end, radius, taper in (
        ((0.0, -1.4), (0.015, 0.6), 0.068, 0.0),
        ((0.015, 0.58), (-0.26, 0.89), 0.045, 0.8),
        ((0.015, 0.58), (0.29, 0.82), 0.04, 0.8),
    ):
        run = np.subtract(end, start).astype(np.float32)
        dx, dy = x - np.float32(start[0]), y - np.float32(start[1])
        t = np.clip((dx * run[0] + dy * run[1]) / (run @ run), 0, 1)
        away = (dx - t * run[0]) ** 2 + (dy - t * run[1]) ** 2
        depth = (radius * (1 - taper * t)) ** 2 - away
        # Deeper than wide, as tracheas are.
        thick = np.maximum(thick, 2.6 * np.sqrt(np.maximum(depth, 0)))
    air[near] = thick
    return air
