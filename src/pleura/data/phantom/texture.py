"""Random fields and vessel trees, fixed to the patient's body."""

import numpy as np
from scipy import ndimage

from pleura.data.phantom.anatomy import Patient
from pleura.data.phantom.geometry import Array, View, splat
from pleura.data.phantom.soft import lateral_edge

SPAN = 3.2


def field(rng: np.random.Generator, slope: float, low: float, high: float) -> Array:
    """A random square tile, unit variance, power ~ frequency^-slope between two frequencies.

    Frequencies are in cycles per body unit; the tile spans 3.2 units and wraps around.
    """
    tile = next(n for n in (64, 128, 256) if n >= 2.4 * SPAN * high or n == 256)
    fy = np.fft.fftfreq(tile, SPAN / tile).astype(np.float32)[:, None]
    fx = np.fft.rfftfreq(tile, SPAN / tile).astype(np.float32)
    f = np.sqrt(fx * fx + fy * fy)
    f[0, 0] = 1
    gain = f ** np.float32(-slope / 2) * ((f >= low) & (f <= high))
    gain[0, 0] = 0
    noise = rng.standard_normal((2, *f.shape), np.float32)
    waves = (noise[0] + np.complex64(1j) * noise[1]) * gain
    out = np.fft.irfft2(waves, s=(tile, tile)).astype(np.float32)
    return np.asarray(out / out.std(), np.float32)


def on_body(view: View, tile: Array) -> Array:
    """The tile as it lies on the body at z = 0, (h, w)."""
    cos, sin = np.cos(view.roll), np.sin(view.roll)
    k = len(tile) / SPAN / view.scale
    matrix = np.array([[cos, -sin], [sin, cos]]) * k
    start = len(tile) / 2 + matrix @ np.array([0.5 - view.centre[1], 0.5 - view.centre[0]])
    shape = (view.height, view.width)
    out = ndimage.affine_transform(tile, matrix, start, shape, order=1, mode="grid-wrap")
    return np.asarray(out, np.float32)


def tree(
    rng: np.random.Generator, patient: Patient, side: int, leaves: int = 256
) -> list[tuple[Array, Array, float]]:
    """A vessel tree that fills one lung: for every generation starts, ends (m, 3) and a radius.

    Leaves are scattered over the lung and halved again and again; every half is reached by a
    branch towards its centre, the radii follow Murray's law.
    """
    y = rng.uniform(0.03, 1.0, leaves * 2).astype(np.float32) ** np.float32(0.8) * np.float32(
        patient.dome + 0.25
    )
    edge = lateral_edge(patient, y)
    inner = np.float32(0.1)
    x = inner + (edge - inner) * np.sqrt(rng.uniform(0, 1, leaves * 2).astype(np.float32))
    reach = np.sqrt(np.maximum(1 - ((x - edge / 2 - 0.05) / (edge / 2 + 0.05)) ** 2, 0.02))
    z = patient.depth * reach * rng.uniform(-0.6, 0.5, leaves * 2).astype(np.float32)
    keep = np.argsort(((x / edge) ** 6 > 0.9) & (y < 0.2))[:leaves]
    points = np.stack((x, y, z), axis=1)[keep].astype(np.float32)
    root = np.array([[0.2, 0.82 if side < 0 else 0.76, -0.02]], np.float32)
    ends, branches, groups = root, [], points[None]
    radius = 0.058 * patient.vessels
    while groups.shape[1] > 1:
        count, size = groups.shape[:2]
        axis = np.argmax(groups.std(axis=1), axis=1)
        order = np.argsort(np.take_along_axis(groups, axis[:, None, None], 2)[:, :, 0], axis=1)
        groups = np.take_along_axis(groups, order[:, :, None], 1).reshape(2 * count, size // 2, 3)
        starts = np.repeat(ends, 2, axis=0)
        centre = groups.mean(axis=1)
        share = 0.45 if size > 4 else 0.8
        wobble = rng.standard_normal(centre.shape).astype(np.float32)
        ends = starts + (centre - starts) * np.float32(share)
        ends += wobble * np.linalg.norm(ends - starts, axis=1, keepdims=True) * np.float32(0.12)
        radius *= 2 ** (-1 / 3)
        branches.append((starts, ends, radius))
    flip = np.array([side, 1, 1], np.float32)
    return [(starts * flip, ends * flip, radius) for starts, ends, radius in branches]


def airways(side: int) -> list[tuple[Array, Array, float]]:
    """Trachea (half of it) and main bronchus of one side, in the form of `tree`."""
    way = np.array(
        [
            [0, -1.3, 0.15],
            [0.0, 0.0, 0.1],
            [0.0, 0.6, -0.05],
            [side * 0.2, 0.8, -0.05],
            [side * 0.3, 1.0, -0.05],
        ],
        np.float32,
    )
    radii = (0.05, 0.05, 0.045, 0.035)
    return [(way[i : i + 1], way[i + 1 : i + 2], radii[i]) for i in range(4)]


def render_tree(view: View, branches: list[tuple[Array, Array, float]]) -> Array:
    """Path length in cm through the vessels, (h, w)."""
    points, volumes = [], []
    for starts, ends, radius in branches:
        run = ends - starts
        length = np.linalg.norm(run, axis=1)
        steps = max(3, int(view.scale * float(length.mean()) * 3))
        lanes = max(1, int(np.ceil(view.scale * radius * 4)))
        t = (np.arange(steps, dtype=np.float32) + 0.5) / steps
        u = ((np.arange(lanes, dtype=np.float32) + 0.5) / lanes * 2 - 1)[:, None]
        across = np.stack((-run[:, 1], run[:, 0], np.zeros_like(length)), axis=1)
        across *= np.float32(radius) / (np.linalg.norm(across, axis=1, keepdims=True) + 1e-6)
        line = starts[:, None] + run[:, None] * t[:, None]
        p = line[:, :, None] + across[:, None, None] * u
        profile = np.sqrt(1 - u[:, 0] ** 2)
        profile /= profile.sum()
        v = (length * np.float32(np.pi * radius**2 / steps))[:, None, None] * profile
        points.append(p.reshape(-1, 3))
        volumes.append(np.broadcast_to(v, p.shape[:3]).reshape(-1))
    return splat(view, np.concatenate(points), np.concatenate(volumes).astype(np.float32))
