"""Random fields and vessel trees, fixed to the patient's body."""

import numpy as np
from numpy.random import Generator

from pleura.simulate.xray.anatomy import Patient
from pleura.simulate.xray.geometry import Array, View, magnify, splat
from pleura.simulate.xray.soft import lateral_edge

SPAN = 3.2
LEAVES = 256  # of the vessels of a lung; a power of 2


def field(rng: Generator, slope: float, low: float, high: float) -> Array:
    """A random square tile of unit variance, whose power is frequency^-slope between two
    frequencies.

    Frequencies are in cycles per body unit; the tile spans 3.2 units and continues at its other
    end.
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
    """The tile as it lies on the body at z = 0, (h, w); the view's small roll is left out."""
    n, k = len(tile), len(tile) / SPAN / view.scale
    rows = (np.arange(view.height) + 0.5 - view.centre[1]) * k + n / 2
    columns = (np.arange(view.width) + 0.5 - view.centre[0]) * k + n / 2
    return magnify(tile, rows, columns, wrap=True)


def tree(rng: Generator, patient: Patient) -> list[tuple[Array, Array, float]]:
    """Vessels that fill both lungs: for every generation the starts and ends (m, 3), and a radius.

    Leaves are scattered over the lungs and halved again and again. A branch goes to the centre of
    every half; radii shrink by Murray's law, a little more slowly.
    """
    u = rng.uniform(0, 1, (3, 2, LEAVES)).astype(np.float32)
    y = (0.03 + 0.97 * u[0]) ** 0.8
    y *= np.float32(patient.dome + 0.25)
    edge = lateral_edge(patient, y)
    inner = np.float32(0.1)
    x = inner + (edge - inner) * np.sqrt(u[1]) * 0.97
    reach = np.sqrt(np.maximum(1 - ((x - edge / 2 - 0.05) / (edge / 2 + 0.05)) ** 2, 0.02))
    z = patient.depth * reach * (1.1 * u[2] - 0.6)
    side = np.array([-1, 1], np.float32)[:, None]
    groups = np.stack((side * x, y, z), axis=2)
    # The left hilum is the higher one.
    ends, branches = np.array([[-0.2, 0.82, -0.02], [0.2, 0.76, -0.02]], np.float32), []
    radius = 0.042 * patient.vessels
    while groups.shape[1] > 1:
        count, size = groups.shape[:2]
        axis = np.argmax(groups.std(axis=1), axis=1)
        order = np.argsort(np.take_along_axis(groups, axis[:, None, None], 2)[:, :, 0], axis=1)
        groups = np.take_along_axis(groups, order[:, :, None], 1).reshape(2 * count, size // 2, 3)
        starts = np.repeat(ends, 2, axis=0)
        centre = groups.mean(axis=1)
        # Near the hilum branch follows on branch; from there they run far.
        share = {LEAVES: 0.1, LEAVES // 2: 0.2}.get(size, 0.45 if size > 4 else 0.8)
        wobble = rng.standard_normal(centre.shape).astype(np.float32)
        ends = starts + (centre - starts) * np.float32(share)
        ends += wobble * np.linalg.norm(ends - starts, axis=1, keepdims=True) * 0.16
        radius *= 0.82
        branches.append((starts, ends, radius))
    return branches


def render_tree(view: View, branches: list[tuple[Array, Array, float]]) -> Array:
    """Path length in cm through the vessels, (h, w)."""
    points, volumes = [], []
    for starts, ends, radius in branches:
        run = ends - starts
        length = np.linalg.norm(run, axis=1)
        steps = max(3, int(view.scale * float(length.mean()) * 2))
        lanes = max(1, int(np.ceil(view.scale * radius * 3.6)))
        t = (np.arange(steps, dtype=np.float32) + 0.5) / steps
        u = ((np.arange(lanes, dtype=np.float32) + 0.5) / lanes * 2 - 1)[:, None]
        across = np.stack((-run[:, 1], run[:, 0], np.zeros_like(length)), axis=1)
        across *= radius / (np.linalg.norm(across, axis=1, keepdims=True) + 1e-6)
        line = starts[:, None] + run[:, None] * t[:, None]
        # A vessel bends a little, to one side or the other.
        bow = np.where(np.arange(len(run)) % 3 < 1, np.float32(-0.09), np.float32(0.09))
        aside = np.stack((-run[:, 1], run[:, 0], run[:, 2]), axis=1) * bow[:, None]
        line += aside[:, None] * (4 * t * (1 - t))[:, None]
        p = line[:, :, None] + across[:, None, None] * u
        profile = np.sqrt(1 - u[:, 0] ** 2)
        profile /= profile.sum()
        v = (length * np.float32(np.pi * radius**2 / steps))[:, None, None] * profile
        points.append(p.reshape(-1, 3))
        volumes.append(np.broadcast_to(v, p.shape[:3]).reshape(-1))
    return splat(view, np.concatenate(points), np.concatenate(volumes).astype(np.float32))
