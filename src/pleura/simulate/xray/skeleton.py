"""Bones: ribs, clavicles, scapulae and humeri as hollow tubes in space, spine and skull."""

from dataclasses import dataclass

import numpy as np

from pleura.simulate.xray.anatomy import Patient
from pleura.simulate.xray.geometry import Array, View, along, bump, curve, splat, sweep
from pleura.simulate.xray.mediastinum import oval
from pleura.simulate.xray.pose import Pose, shoulder_joint
from pleura.simulate.xray.soft import lateral_edge

RIB_END = (2.5, 2.6, 2.65, 2.65, 2.6, 2.55, 2.5, 2.4, 2.2, 2.0, 1.5, 1.2)
HARDENING = 0.5
# Sampling of a tube, in points a pixel across and steps a pixel along.
LANES, STEPS = 2.0, 1.0


@dataclass(frozen=True)
class Tube:
    """A hollow bone of the left side in body units.

    `knots` lie on its centre line. `radii` are those at its start, at three tenths of its length
    and at its end; along the beam it is at most `thick`. `marrow` and `density` are as in `sweep`.
    """

    knots: tuple[tuple[float, float, float], ...]
    radii: tuple[float, float, float]
    thick: float
    marrow: float
    density: float


def ribs(patient: Patient, pose: Pose, side: int, steps: int) -> tuple[Array, Array]:
    """Centre lines (12, steps, 3) of the ribs of one side (-1 right) and their outward normals.

    A rib leaves the spine sideways, runs round the cage and falls towards its front end.
    """
    number = np.arange(12, dtype=np.float32)[:, None]
    jitter = np.array(patient.rib_jitter[(side + 1) // 2], np.float32)[:, None]
    # Finer near the spine, where a rib runs fastest across the image.
    theta = np.linspace(0.024, 1, steps, dtype=np.float32) ** 1.25
    theta = theta * np.array(RIB_END, np.float32)[:, None]
    theta = theta * (1 + 0.025 * np.roll(jitter, 5))
    start = -0.1 + number * patient.rib_spacing + 0.012 * np.maximum(number - 6, 0)
    start = start + 0.014 * jitter
    drop = patient.rib_drop * (0.55 + 0.075 * np.minimum(number, 6)) - 0.06 * pose.inspiration
    drop = drop * (1 + 0.04 * np.roll(jitter, 3))
    # A little more of the fall lies in the front half.
    y = start + drop * ((1 - np.cos(theta)) / 2) ** 1.1
    y = y - patient.rib_rise * np.sin(np.minimum(theta * 2, np.pi))
    half = lateral_edge(patient, y + 0.05) + 0.035
    # A smooth maximum: the first rib is half a unit wide at least.
    half[0] = (half[0] + 0.5 + np.hypot(half[0] - 0.5, 0.15)) / 2
    depth = (patient.depth + 0.05) * along(
        (-0.1, 0.15, 0.5, 1.0, 2.2), (0.5, 0.65, 0.88, 1.0, 1.0), y
    )
    sin, cos = np.sin(theta), np.cos(theta)
    x = side * half * np.abs(sin) ** 0.7
    path = np.stack((x, y, -depth * np.sign(cos) * np.abs(cos) ** 0.9), 2)
    normal = np.stack((side * sin, np.zeros_like(y), -cos), axis=2)
    return path.astype(np.float32), normal.astype(np.float32)


def shoulder(patient: Patient, pose: Pose, side: int) -> tuple[Tube, ...]:
    """Clavicle, humerus, shoulder blade and its spine, for the pose of one side's arm.

    The shoulder blade is a thin plate with a stout outer border, a socket and a spine that ends
    above the joint.
    """
    angle = pose.arms[(side + 1) // 2]
    jx, jy = shoulder_joint(pose, side)
    hand = (jx + 2.2 * np.sin(angle), jy + 2.2 * np.cos(angle), 0.0)
    swing = 0.1 * min(angle, 2.4)
    inner = 0.24 + 0.3 * patient.slope
    clavicle = (
        (0.1, inner + 0.05, 0.55),
        (0.42, inner - 0.04, 0.62),
        (0.78, jy + 0.02 + 0.3 * (inner - jy), 0.4),
        (jx - 0.06, jy - 0.13, 0.1),
    )
    tip = (0.93 + 1.6 * swing, jy + 0.86, -0.6)
    plate = ((jx - 0.34, jy - 0.02, -0.5), (0.9 + swing, jy + 0.35, -0.55), tip)
    border = ((jx - 0.16, jy + 0.04, -0.35), (1.02 + 1.1 * swing, jy + 0.36, -0.5), tip)
    ridge = ((0.78, jy + 0.1, -0.6), (1.0, jy - 0.02, -0.5), (jx + 0.06, jy - 0.15, -0.1))
    arm = ((jx + 0.03, jy - 0.03, 0.0), hand)
    head = ((jx - 0.06, jy - 0.12, 0.0), (jx - 0.02, jy + 0.14, 0.0))
    return (
        Tube(clavicle, (0.058, 0.04, 0.052), thick=0.1, marrow=0.3, density=0.9),
        Tube(head, (0.14, 0.14, 0.13), thick=0.1, marrow=0.5, density=0.6),
        Tube(arm, (0.11, 0.066, 0.062), thick=0.1, marrow=0.35, density=0.9),
        Tube(plate, (0.16, 0.15, 0.03), thick=0.02, marrow=0.6, density=1.5),
        Tube(border, (0.07, 0.03, 0.02), thick=0.05, marrow=0.5, density=1.0),
        Tube(ridge, (0.015, 0.022, 0.045), thick=0.06, marrow=0.5, density=1.0),
    )


def tube(bone: Tube, side: int, view: View) -> tuple[Array, Array]:
    """Points and volumes of one tube, on the right side if `side` is -1."""
    run = float(np.linalg.norm(np.diff(np.array(bone.knots), axis=0)[:, :2], axis=1).sum())
    steps = max(12, int(view.scale * run * STEPS))
    path = curve(bone.knots, steps)[None] * np.array([side, 1, 1], np.float32)
    at = np.linspace(0, 1, steps, dtype=np.float32)
    radius = np.interp(at, (0.0, 0.3, 1.0), bone.radii).astype(np.float32)
    # Round ends.
    end = np.minimum((np.minimum(at, 1 - at) + 0.5 / steps) * run / radius, 1)
    radius = (radius * np.sqrt(end * (2 - end)))[:, None]
    ahead = np.diff(path[0], axis=0, append=2 * path[:, -1] - path[:, -2])
    sideways = np.stack((ahead[:, 1], -ahead[:, 0], np.zeros_like(at)), axis=1)
    sideways /= np.linalg.norm(sideways, axis=1, keepdims=True) + 1e-9
    back = np.array([0, 0, 1], np.float32) * np.minimum(radius, np.float32(bone.thick))
    lanes = max(6, int(view.scale * 2 * max(bone.radii) * LANES))
    weight = np.full(steps, bone.density, np.float32)
    return sweep(path, back[None], (sideways * radius)[None], lanes, bone.marrow, weight)


def render_bones(patient: Patient, pose: Pose, view: View) -> Array:
    """Path length in cm through compact bone, (h, w), without what beam hardening hides of it."""
    steps = max(24, int(view.scale * 2.4))
    lanes = max(6, int(view.scale * patient.rib_size * 2 * LANES))
    at = np.linspace(0, 1, steps, dtype=np.float32)
    parts = []
    for side in (-1, 1):
        path, normal = ribs(patient, pose, side, steps)
        size = patient.rib_size * (1 + 0.25 * np.broadcast_to(at, (12, steps)) ** 3)[..., None]
        size[[0, 11]] *= 0.85
        up = np.array([0, 1, 0], np.float32) * size
        # Towards the front the rib is wider, flatter and poorer in mineral.
        density = along((0, 0.3, 0.6, 1), (0.9, 0.9, 0.45, 0.54), at)
        flat = np.asarray(normal * size * 0.42, np.float32)
        parts.append(sweep(path, flat, up.astype(np.float32), lanes, 0.45, density))
        parts += [tube(bone, side, view) for bone in shoulder(patient, pose, side)]
    points = np.concatenate([p for p, _ in parts])
    tubes = splat(view, points, np.concatenate([v for _, v in parts]))
    tubes = HARDENING * (1 - np.exp(tubes * (-patient.bone / HARDENING)))
    whole = spine(patient, view) + skull(pose, view)
    return np.asarray(tubes + patient.bone * whole, np.float32)


def skull(pose: Pose, view: View) -> Array:
    """Path length in cm through the lower jaw and the skull above it, (h, w)."""
    x, y = view.grid
    outer = oval(x, y, (0.0, pose.chin - 0.58), (0.4, 0.52), 0.0)
    inner = oval(x, y, (0.0, pose.chin - 0.6), (0.35, 0.44), 0.0)
    return np.asarray((outer - 0.8 * inner) * (0.1 * view.unit), np.float32)


def spine(patient: Patient, view: View) -> Array:
    """Path length in cm through the bone of the vertebrae, (h, w)."""
    x, y = view.grid
    x = x + np.float32(np.sin(view.turn) * 0.5 * patient.depth)
    x = x - patient.bend * np.sin(y * 1.7)
    bone = np.zeros_like(x)
    near = np.abs(x) < 0.26
    x, y = np.abs(x[near]), y[near]
    phase = (y + 0.12) / (patient.rib_spacing * 1.02)
    phase -= np.floor(phase)
    width = along((-1.2, -0.3, 0.3, 1.2, 2.5), (0.11, 0.115, 0.125, 0.145, 0.18), y)

    # The bodies' waists: narrowest between the end plates.
    width = width * (1 - 0.1 * bump(phase, 0.5, 0.25))
    across = np.sqrt(np.maximum(1 - (x / width) ** 4, 0))
    disc = bump(phase, 0.5, 0.42, 8)
    plate = bump(np.abs(phase - 0.5), 0.38, 0.06)
    edge = bump(x, width * 0.93, 0.013)
    pedicle = bump(x, width * 0.62, 0.03) * bump(phase, 0.32, 0.16)
    process = bump(x, 0.0, 0.028) * bump(phase, 0.72, 0.2)
    wings = bump(x, width * 1.1, 0.045) * bump(phase, 0.3, 0.14)
    column = across * (0.012 + 0.018 * disc + 0.013 * plate + 0.016 * edge * disc)
    column = 0.8 * (column + 0.026 * pedicle + 0.024 * process + 0.012 * wings)
    bone[near] = column * view.unit
    return np.asarray(bone, np.float32)
