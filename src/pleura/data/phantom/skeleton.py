"""Bones: ribs, clavicles, scapulae and humeri as hollow tubes in space, and the spine."""

import numpy as np

from pleura.data.phantom.anatomy import Patient
from pleura.data.phantom.geometry import Array, View, along, curve, shell, splat, sweep
from pleura.data.phantom.soft import SHOULDER, Pose, lateral_edge

RIB_END = (2.3, 2.5, 2.55, 2.55, 2.5, 2.45, 2.4, 2.3, 2.15, 1.95, 1.5, 1.2)
HARDENING = 0.9


def ribs(patient: Patient, pose: Pose, steps: int) -> tuple[Array, Array]:
    """Centre lines (12, steps, 3) of the patient's left ribs and their outward normals.

    A rib leaves the spine sideways, runs round the cage and falls towards its front end.
    """
    number = np.arange(12, dtype=np.float32)[:, None]
    theta = np.linspace(0.035, 1, steps, dtype=np.float32) * np.array(RIB_END, np.float32)[:, None]
    start = -0.1 + number * patient.rib_spacing + 0.012 * np.maximum(number - 6, 0)
    drop = patient.rib_drop * (0.55 + 0.075 * np.minimum(number, 6)) - 0.06 * pose.inspiration
    y = start + drop * (1 - np.cos(theta)) / 2
    y = y - patient.rib_rise * np.sin(np.minimum(theta * 2, np.pi))
    half = lateral_edge(patient, y + 0.05) + np.float32(0.035)
    half[0] = np.maximum(half[0], 0.5)
    depth = (patient.depth + 0.05) * along(
        (-0.1, 0.15, 0.5, 1.0, 2.2), (0.5, 0.65, 0.88, 1.0, 1.0), y
    )
    sin, cos = np.sin(theta), np.cos(theta)
    path = np.stack((half * np.abs(sin) ** 0.85, y, -depth * np.sign(cos) * np.abs(cos) ** 0.9), 2)
    normal = np.stack((sin, np.zeros_like(y), -cos), axis=2)
    return path.astype(np.float32), normal.astype(np.float32)


def shoulder(pose: Pose, side: int, steps: int) -> tuple[Array, Array]:
    """Paths (5, steps, 3) and radii (5, steps): clavicle, humerus, three edges of the scapula."""
    angle = pose.arms[(side + 1) // 2]
    jx, jy = SHOULDER[0], SHOULDER[1] + pose.arm_height
    tip = -0.06 - 0.1 * (angle - 0.4)
    hand = (jx + 2.2 * np.sin(angle), jy + 2.2 * np.cos(angle), 0.0)
    # Knots for the left side; radii at the start, in the middle and at the end.
    bones = (
        (
            ((0.12, 0.2, 0.55), (0.4, 0.11, 0.62), (0.8, 0.02, 0.4), (1.18, tip, 0.1)),
            (0.055, 0.038, 0.05),
        ),
        (((jx, jy - 0.05, 0.0), hand), (0.13, 0.06, 0.06)),
        (((jx - 0.1, jy + 0.05, -0.3), (1.1, 0.45, -0.5), (0.98, 0.78, -0.6)), (0.02, 0.01, 0.014)),
        (((0.8, 0.16, -0.6), (1.0, 0.1, -0.5), (1.3, jy - 0.15, -0.1)), (0.008, 0.014, 0.025)),
        (((0.8, 0.12, -0.6), (0.84, 0.45, -0.65), (0.98, 0.78, -0.6)), (0.008, 0.01, 0.014)),
    )
    at = np.linspace(0, 1, steps, dtype=np.float32)
    paths = np.stack([curve(knots, steps) for knots, _ in bones])
    paths[..., 0] *= side
    return paths, np.stack([along((0.0, 0.3, 1.0), radii, at) for _, radii in bones])


def unit_length(vectors: Array) -> Array:
    """The vectors (..., 3) scaled to length 1."""
    return np.asarray(
        vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-9), np.float32
    )


def render_bones(patient: Patient, pose: Pose, view: View) -> Array:
    """Path length in cm through compact bone, (h, w), less what beam hardening hides of it."""
    steps = max(24, int(view.scale * 2.3))
    ring = shell(max(8, int(view.scale * patient.rib_size * 2.4) // 2 * 2), 0.35)
    at = np.linspace(0, 1, steps, dtype=np.float32)
    path, normal = ribs(patient, pose, steps)
    size = patient.rib_size * (1 + 0.2 * np.broadcast_to(at, (12, steps)) ** 3)[..., None]
    size[[0, 11]] *= 0.85
    up = np.array([0, 1, 0], np.float32) * size
    # Towards the front the rib is wider, flatter and poorer in mineral.
    density = along((0, 0.3, 0.6, 1), (1, 1, 0.6, 0.4), at)
    flat = np.asarray(normal * size * 0.55, np.float32)
    left, volumes = sweep(path, flat, up, ring, density)
    parts = [(left, volumes), (left * np.array([-1, 1, 1], np.float32), volumes)]

    paths, radii = (
        np.concatenate(p)
        for p in zip(*(shoulder(pose, side, steps) for side in (-1, 1)), strict=True)
    )
    tangent = unit_length(np.gradient(paths, axis=1))
    sideways = unit_length(np.cross(tangent, np.array([0, 0, 1], np.float32)))
    up = np.cross(tangent, sideways) * radii[..., None]
    parts.append(sweep(paths, sideways * radii[..., None], up, shell(20, 0.3), np.ones_like(at)))

    points = np.concatenate([p for p, _ in parts])
    tubes = splat(view, points, np.concatenate([v for _, v in parts]))
    bone = (tubes + spine(patient, view)) * np.float32(patient.bone)
    return np.asarray(HARDENING * (1 - np.exp(-bone / HARDENING)), np.float32)


def spine(patient: Patient, view: View) -> Array:
    """Path length in cm through the bone of the vertebrae, (h, w)."""
    x, y = view.grid
    x = x + np.float32(np.sin(view.turn) * 0.5 * patient.depth)
    x = x - np.float32(patient.bend) * np.sin(y * np.float32(1.7))
    bone = np.zeros_like(x)
    near = np.abs(x) < np.float32(0.2)
    x, y = np.abs(x[near]), y[near]
    phase = (y + np.float32(0.12)) / np.float32(patient.rib_spacing * 1.02)
    phase -= np.floor(phase)
    width = along((-1.2, -0.3, 0.3, 1.2, 2.5), (0.12, 0.125, 0.135, 0.15, 0.18), y)
    across = np.sqrt(np.maximum(1 - (x / width) ** 4, 0))

    def bump(value: Array, centre: float | Array, width: float, power: int = 2) -> Array:
        return np.asarray(np.exp(-(((value - centre) / width) ** power)), np.float32)

    disc = bump(phase, 0.5, 0.42, 8)
    plate = bump(np.abs(phase - np.float32(0.5)), 0.38, 0.05)
    edge = bump(x, width * np.float32(0.93), 0.012)
    pedicle = bump(x, width * np.float32(0.62), 0.03) * bump(phase, 0.32, 0.16)
    process = bump(x, 0.0, 0.028) * bump(phase, 0.72, 0.2)
    column = across * (0.015 + 0.025 * disc + 0.016 * plate + 0.012 * edge * disc)
    bone[near] = 0.85 * (column + 0.018 * pedicle + 0.02 * process) * np.float32(view.unit)
    return np.asarray(bone, np.float32)
