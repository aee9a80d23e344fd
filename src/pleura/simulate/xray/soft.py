"""Soft tissue and air: thickness of the body, of the lungs in it, and the lung fields."""

from dataclasses import dataclass

import numpy as np

from pleura.simulate.xray.anatomy import Patient
from pleura.simulate.xray.geometry import Array, Mask, View, along
from pleura.simulate.xray.mediastinum import airways, mediastinum, oval
from pleura.simulate.xray.pose import Pose, shoulder_joint


@dataclass(frozen=True)
class Soft:
    """Thicknesses along the beam in cm, and where the lungs are seen; all fields are (h, w).

    `gas`: air in the airways, the stomach and the bowel. `fields`: the lung fields as a radiologist
    draws them, without heart and diaphragm. `lateral`: from 0 at the mediastinal border of a lung
    to 1 at the ribs.
    """

    body: Array
    lung: Array
    gas: Array
    fields: Mask
    lateral: Array


def lateral_edge(patient: Patient, y: Array) -> Array:
    """Half width of the thoracic cavity at height y."""
    top = patient.apex
    knots = (-0.03, -0.02, 0.02, 0.12, 0.3, 0.6, 1.0, 1.5, 2.2)
    shape = (0.0, 0.12, 0.24, 0.43, 0.64, 0.82, 0.94, 1.0, 1.02)
    edge = tuple(top + (1 - top) * s for s in shape)
    return along(knots, edge, y * (1.35 / patient.taper))


def dome(patient: Patient, pose: Pose, x: Array) -> Array:
    """Height of the diaphragm's crest at x."""
    top = pose.dome(patient)
    crest = np.float32(top) + patient.dome_gap * np.clip(2.5 * x + 0.5, 0, 1)
    away = np.abs(x) - 0.42
    crest += patient.dome_curve * away**2
    return np.asarray(crest + 2.4 * np.maximum(away, 0) ** 4, np.float32)


def body(patient: Patient, pose: Pose, x: Array, y: Array) -> Array:
    """Thickness of trunk, neck, head and arms in body units."""
    w, s = patient.wall, patient.slope
    at = (-1.4, -0.9, -0.6, -0.4, -0.25, -0.1, 0.1, 0.35, 0.7, 1.1, 1.5, 2.0, 2.8)
    bare = (0.34, 0.33, 0.35, 0.44 - s, 0.7 - s, 1.06, 1.24, 1.22, 1.13, 1.07, 1.04, 1.0, 1.06)
    wall = (0, 0, 0, 0, w / 4, w / 3, w / 2, w, w, w, w, w, w)
    width = along(at, tuple(np.add(bare, wall).tolist()), y)
    back = patient.depth + 0.12 + 0.5 * w
    half = along(
        (-1.3, -0.5, -0.2, 0.1, 0.4, 0.9, 1.6, 2.8),
        (0.36, 0.36, 0.42, 0.6, 0.86 * back, back, 1.02 * back, 0.95 * back),
        y,
    )
    ratio = np.minimum(np.abs(x) / width, 1)
    trunk = 2 * half * np.sqrt(1 - ratio * ratio * np.sqrt(ratio))
    if patient.breast:
        for side in (-1, 1):
            place = (side * 0.54, patient.dome - 0.32 + 0.04 * side * patient.slope)
            shape = oval(x, y, place, (0.42, 0.36), 0.0)
            # A breast hangs: it thickens towards its lower fold.
            hang = np.clip((y - np.float32(place[1] - 0.36)) / 0.5, 0, 1)
            trunk = trunk + 0.3 * patient.breast * shape * hang
    trunk = np.maximum(trunk, 1.2 * oval(x, y, (0.0, pose.chin - 0.6), (0.52, 0.66), 0.0))
    limbs = np.zeros_like(x)
    for side, angle in zip((-1, 1), pose.arms, strict=True):
        jx, jy = shoulder_joint(pose, side)
        dx, dy = x - np.float32(side * jx), y - np.float32(jy)
        ux, uy = np.float32(side * np.sin(angle)), np.float32(np.cos(angle))
        t = np.maximum(dx * ux + dy * uy, 0)
        radius = 0.19 + 0.4 * w + 0.07 * np.exp(-t * 3)
        away = (dx - t * ux) ** 2 + (dy - t * uy) ** 2
        limbs = np.maximum(limbs, 2 * np.sqrt(np.maximum(radius**2 - away, 0)))
    return np.asarray(
        np.sqrt(np.sqrt(np.square(trunk * trunk) + np.square(limbs * limbs))), np.float32
    )


def abdomen(patient: Patient, pose: Pose, x: Array, y: Array, crest: Array) -> Array:
    """Thickness of the air in stomach and bowel in body units; adults stand and show a level."""
    under = np.clip((y - crest - 0.03) / 0.03, 0, 1)
    gas = np.zeros_like(x)
    away, down, radius = patient.bubble
    low = pose.dome(patient)
    middle = low + patient.dome_gap + down
    bubble = oval(x, y, (away, middle), (radius * 1.4, radius * 0.9), 0.25)
    if patient.adult:
        bubble = bubble * np.clip((middle + 0.4 * radius - y) / 0.03, 0, 1)
    gas = 1.3 * radius * bubble
    for place, depth, size in patient.gas:
        shape = (size * 1.3, size * 0.8)
        loop = oval(x, y, (place, low + depth), shape, 3 * place + 5 * depth)
        gas = np.maximum(gas, np.float32(0.8 * size) * loop)
    return np.asarray(gas * under, np.float32)


def render_soft(patient: Patient, pose: Pose, view: View) -> Soft:
    """Project the soft tissue of `patient` in `pose` as `view` sees it."""
    x, y = view.grid
    turn, tilt = np.float32(np.sin(view.turn)), np.float32(np.sin(view.tilt))
    edge = lateral_edge(patient, y)
    medial = np.sqrt(np.clip(2 * y + 0.06, 0, 1)) * (-0.1 - patient.apex)
    medial += np.float32(patient.apex)
    centre, half = (edge + medial) / 2, np.maximum((edge - medial) / 2, 1e-3)
    place = (np.abs(x) - centre) / half
    depth = patient.depth * along((-0.03, 0.1, 0.5, 1.0, 2.2), (0.1, 0.45, 0.82, 1.0, 1.0), y)
    chord = np.sqrt(np.maximum(1 - np.abs(place) ** 3, 0))
    chord *= y > -0.03
    top = depth * chord
    central, border = mediastinum(patient, pose, x - turn * 0.25, y - tilt * 0.2)
    crest = dome(patient, pose, x - turn * 0.05)
    below = np.sqrt(np.maximum(y - crest, 0) / 1.1)
    under = np.clip(
        (np.minimum(top, below + 0.08) + np.minimum(top, below - 0.08)) / np.maximum(2 * top, 1e-3),
        0,
        1,
    )
    under *= below > 0
    lung = 2 * top * (1 - central) * (1 - under)
    unit = np.float32(view.unit)
    gas = np.maximum(abdomen(patient, pose, x, y, crest), airways(view))
    return Soft(
        body=body(patient, pose, x, y) * unit,
        lung=lung * unit,
        gas=gas * unit,
        fields=(top > 0) & (border > 1) & (y < crest),
        lateral=np.clip((place + 1) / 2, 0, 1),
    )
