"""Soft tissue and air: thickness of the body, of the lungs in it, and the lung fields."""

from dataclasses import dataclass

import numpy as np

from pleura.data.phantom.anatomy import Patient
from pleura.data.phantom.geometry import Array, Mask, View, along, lookup

SHOULDER = (1.26, 0.12)


@dataclass(frozen=True)
class Soft:
    """Thicknesses along the beam in cm, (h, w), and where the lungs are seen.

    `fields`: the lung fields as a radiologist outlines them, without heart and diaphragm;
    `lateral`: 0 at the mediastinal border of a lung to 1 at the ribs.
    """

    body: Array
    lung: Array
    gas: Array
    fields: Mask
    lateral: Array


@dataclass(frozen=True)
class Pose:
    """What the patient does in one image: breathing in (-1..1), arms (radians from the body)."""

    inspiration: float
    arms: tuple[float, float]
    arm_height: float


def lateral_edge(patient: Patient, y: Array) -> Array:
    """Half width of the thoracic cavity at height y."""
    top = patient.apex
    knots = (-0.02, 0.02, 0.12, 0.3, 0.6, 1.0, 1.5, 2.2)
    shape = (0.0, 0.16, 0.38, 0.62, 0.82, 0.94, 1.0, 1.02)
    edge = tuple(top + (1 - top) * s for s in shape)
    return along(knots, edge, y * np.float32(1.35 / patient.taper))


def dome(patient: Patient, pose: Pose, x: Array) -> Array:
    """Height of the diaphragm's crest at x."""
    left = x > 0
    top = patient.dome + 0.12 * pose.inspiration
    crest = np.where(left, top + patient.dome_gap, top).astype(np.float32)
    away = np.abs(x) - np.float32(0.42)
    return crest + np.float32(0.75) * away**2 + np.float32(2.4) * np.maximum(away, 0) ** 4


def oval(
    x: Array, y: Array, centre: tuple[float, float], axes: tuple[float, float], lean: float
) -> Array:
    """Thickness profile 0..1 of an ellipsoid whose long axis leans by `lean` radians."""
    cos, sin = np.float32(np.cos(lean)), np.float32(np.sin(lean))
    dx, dy = x - np.float32(centre[0]), y - np.float32(centre[1])
    a = (cos * dx + sin * dy) / np.float32(axes[0])
    b = (cos * dy - sin * dx) / np.float32(axes[1])
    return np.sqrt(np.maximum(1 - a * a - b * b, 0))


def borders(patient: Patient, low: float) -> tuple[Array, Array]:
    """Distances of the right and the left mediastinal border from the midline at 1024 heights.

    The right border is the superior vena cava above and the right atrium below, the left one the
    aortic knob, the pulmonary trunk and what the heart adds; a thymus widens both.
    """
    y = np.linspace(-1.5, 3.0, 1024, dtype=np.float32)

    def bump(centre: float, width: float, power: int) -> Array:
        return np.asarray(np.exp(-(((y - centre) / width) ** power)), np.float32)

    right = patient.pedicle * along((-1.0, 0.0, 0.3, 0.7, 2.5), (0.4, 0.6, 0.85, 0.95, 0.7), y)
    right = right + (0.12 + 0.4 * (patient.heart - 0.46)) * bump(low - 0.36, 0.36, 4)
    reach = (0.4, 0.6, 0.85, 1.2, 1.6, 1.2, 0.6)
    left = patient.pedicle * along((-1.0, 0.0, 0.3, 0.7, 1.1, 1.5, 2.5), reach, y)
    left = left + 0.08 * patient.aorta * bump(0.52, 0.11, 2) + 0.05 * bump(0.76, 0.12, 2)
    sail = patient.thymus * bump(0.55, 0.3, 4) * (1 + 0.04 * np.sin(22 * y))
    return (right + 0.6 * sail).astype(np.float32), (left + 0.5 * sail).astype(np.float32)


def mediastinum(patient: Patient, pose: Pose, x: Array, y: Array) -> Array:
    """Share 0..1 of the lungs' depth that heart, vessels and thymus take."""
    size, low = patient.heart, patient.dome + 0.12 * pose.inspiration
    heart = oval(x, y, (0.2, low - 0.24), (1.15 * size, 0.84 * size), patient.heart_lean)
    right, left = borders(patient, low)
    side = x / np.where(x > 0, lookup(left, -1.5, 3.0, y), lookup(right, -1.5, 3.0, y))
    column = np.maximum(1 - side * side, 0)
    # A power mean instead of the maximum fills the notches between heart and great vessels; lung
    # lies behind the heart, and so it stays darker than the spine.
    parts = np.float32(0.62) * column + np.float32(0.36) * heart * heart * np.sqrt(heart)
    return np.asarray(np.minimum(parts, 1) ** np.float32(0.4), np.float32)


def body(patient: Patient, pose: Pose, x: Array, y: Array) -> Array:
    """Thickness of trunk, neck and arms in body units."""
    w = patient.wall
    at = (-1.3, -0.9, -0.6, -0.4, -0.25, -0.08, 0.15, 0.5, 0.9, 1.4, 2.0, 2.8)
    bare = (0.5, 0.36, 0.37, 0.45, 0.7, 1.12, 1.3, 1.18, 1.1, 1.06, 1.05, 1.06)
    wall = (0, 0, 0, 0, 0, 0, w / 2, w, w, w, w, w)
    width = along(at, tuple(np.add(bare, wall).tolist()), y)
    back = patient.depth + 0.12 + 0.5 * w
    half = along(
        (-1.3, -0.5, -0.2, 0.1, 0.4, 0.9, 1.6, 2.8),
        (0.42, 0.42, 0.52, 0.7, 0.9 * back, back, 1.02 * back, back),
        y,
    )
    ratio = np.minimum(np.abs(x) / width, 1)
    trunk = 2 * half * (1 - ratio * ratio * np.sqrt(ratio)) ** np.float32(0.5)
    if patient.breast:
        for side in (-1, 1):
            place = (side * 0.52, patient.dome - 0.32)
            trunk = trunk + np.float32(0.25 * patient.breast) * oval(x, y, place, (0.44, 0.36), 0.0)
    limbs = np.zeros_like(x)
    for side, angle in zip((-1, 1), pose.arms, strict=True):
        sx, sy = side * SHOULDER[0], SHOULDER[1] + pose.arm_height
        dx, dy = x - np.float32(sx), y - np.float32(sy)
        ux, uy = np.float32(side * np.sin(angle)), np.float32(np.cos(angle))
        t = np.maximum(dx * ux + dy * uy, 0)
        radius = 0.21 + 0.4 * w + 0.1 * np.exp(-t * 3)
        away = (dx - t * ux) ** 2 + (dy - t * uy) ** 2
        limbs = np.maximum(limbs, 2 * np.sqrt(np.maximum(radius**2 - away, 0)))
    return np.asarray(np.sqrt(np.hypot(trunk * trunk, limbs * limbs)), np.float32)


def stomach(patient: Patient, pose: Pose, x: Array, y: Array, crest: Array) -> Array:
    """Thickness of the air under the left dome in body units; adults stand and show a level."""
    away, down, radius = patient.bubble
    middle = patient.dome + 0.12 * pose.inspiration + patient.dome_gap + down
    bubble = oval(x, y, (away, middle), (radius * 1.4, radius * 0.9), 0.25)
    bubble = bubble * np.clip((y - crest - np.float32(0.03)) / np.float32(0.03), 0, 1)
    if patient.adult:
        bubble = bubble * np.clip((middle + 0.5 * radius - y) / np.float32(0.03), 0, 1)
    return np.asarray(1.4 * radius * bubble, np.float32)


def render_soft(patient: Patient, pose: Pose, view: View) -> Soft:
    """Project the soft tissue of `patient` in `pose` as `view` sees it."""
    x, y = view.grid
    turn, tilt = np.float32(np.sin(view.turn)), np.float32(np.sin(view.tilt))
    edge = lateral_edge(patient, y)
    medial = np.float32(patient.apex) - np.sqrt(np.clip(y / np.float32(0.5), 0, 1)) * np.float32(
        patient.apex - 0.02
    )
    centre, half = (edge + medial) / 2, np.maximum((edge - medial) / 2, 1e-3)
    place = (np.abs(x) - centre) / half
    depth = np.float32(patient.depth) * along(
        (-0.02, 0.1, 0.5, 1.0, 2.2), (0.1, 0.45, 0.82, 1.0, 1.0), y
    )
    chord = np.sqrt(np.maximum(1 - np.abs(place) ** 3, 0))
    chord *= y > np.float32(-0.02)
    top = depth * chord
    central = mediastinum(patient, pose, x - turn * np.float32(0.25), y - tilt * np.float32(0.2))
    crest = dome(patient, pose, x - turn * np.float32(0.05))
    below = np.sqrt(np.maximum(y - crest, 0) / np.float32(1.1))
    under = np.clip(
        (np.minimum(top, below + 0.08) + np.minimum(top, below - 0.08)) / np.maximum(2 * top, 1e-3),
        0,
        1,
    )
    under *= below > 0
    silhouette = central
    hilum = np.exp(
        -(((np.abs(x) - np.float32(0.27)) / np.float32(0.09)) ** 2)
        - ((y - np.float32(0.8)) / np.float32(0.17)) ** 2
    )
    central = central + np.float32(0.16) * hilum * (1 - central)
    lung = 2 * top * (1 - central) * (1 - under)
    unit = np.float32(view.unit)
    fields = (top > 0) & (silhouette < np.float32(0.3)) & (y < crest)
    return Soft(
        body=body(patient, pose, x, y) * unit,
        lung=lung * unit,
        gas=stomach(patient, pose, x, y, crest) * unit,
        fields=fields,
        lateral=np.clip((place + 1) / 2, 0, 1),
    )
