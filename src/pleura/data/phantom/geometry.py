"""The projection geometry: image grid, body coordinates, and tubes splatted as line integrals.

Body coordinates are in units of the half inner width of the thorax: x towards the patient's left
(right of the image), y down from the lung apices, z towards the front.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Array: TypeAlias = NDArray[np.float32]
Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class View:
    """How one image sees the body: a parallel beam, turned, tilted and placed on the detector.

    `scale` is in pixels per body unit; `centre` is the pixel (column, row) of the body point
    (0, 0.95); `roll`, `turn` (about the long axis) and `tilt` are in radians; `unit` is in cm.
    """

    height: int
    width: int
    scale: float
    centre: tuple[float, float]
    roll: float
    turn: float
    tilt: float
    unit: float

    @property
    def pixel(self) -> float:
        """Pixel pitch at the patient in cm."""
        return self.unit / self.scale

    @cached_property
    def grid(self) -> tuple[Array, Array]:
        """Body coordinates x, y: two (h, w) arrays, for structures at depth z = 0."""
        column = (np.arange(self.width, dtype=np.float32) + 0.5 - self.centre[0]) / self.scale
        row = np.arange(self.height, dtype=np.float32)[:, None] + 0.5 - self.centre[1]
        row /= self.scale
        cos, sin = np.float32(np.cos(self.roll)), np.float32(np.sin(self.roll))
        return cos * column + sin * row, cos * row - sin * column + np.float32(0.95)

    def project(self, points: Array) -> tuple[Array, Array]:
        """Pixel columns and rows, each (n,), of body points (n, 3)."""
        x = points[:, 0] * np.float32(np.cos(self.turn)) + points[:, 2] * np.float32(
            np.sin(self.turn)
        )
        y = points[:, 1] + points[:, 2] * np.float32(np.sin(self.tilt)) - np.float32(0.95)
        cos, sin = np.float32(np.cos(self.roll)), np.float32(np.sin(self.roll))
        column = (cos * x - sin * y) * np.float32(self.scale) + np.float32(self.centre[0])
        row = (sin * x + cos * y) * np.float32(self.scale) + np.float32(self.centre[1])
        return column, row


def splat(view: View, points: Array, volumes: Array) -> Array:
    """Path lengths in cm, (h, w), of small volumes (n,) in cubic body units at points (n, 3)."""
    # A histogram on a grid of half pixels, summed by twos and softened: as smooth as spreading
    # every point over four pixels, in a third of the time.
    h, w = view.height, view.width
    column, row = view.project(points)
    left, top = (column * 2).astype(np.int32), (row * 2).astype(np.int32)
    inside = (column >= 0) & (left < 2 * w) & (row >= 0) & (top < 2 * h)
    index = top[inside] * (2 * w) + left[inside]
    fine = np.bincount(index, volumes[inside], minlength=4 * h * w).reshape(h, 2, w, 2)
    # Volume over pixel area is a length; one body unit is `unit` cm.
    total = fine[:, 0, :, 0] + fine[:, 0, :, 1] + fine[:, 1, :, 0] + fine[:, 1, :, 1]
    length = (total * (view.scale**2 * view.unit)).astype(np.float32)
    return np.asarray(ndimage.gaussian_filter(length, 0.55), np.float32)


def sweep(
    paths: Array, across: Array, up: Array, section: tuple[Array, Array, Array], density: Array
) -> tuple[Array, Array]:
    """Points (m * n * k, 3) and volumes of m tubes whose section (k points) follows n steps.

    `paths`, and the half axes `across` and `up` of the section: (m, n, 3). `section`: coordinates
    along both axes in -1..1, and each point's share of the area pi * |across| * |up|. `density`
    (n,) scales the volumes.
    """
    # The section turns by the golden part of its points' spacing from step to step, so that they
    # leave no lines along the tube.
    part = np.float32(0.618 * 2 * np.pi * 1.5 / len(section[0]))
    turn = np.arange(paths.shape[1], dtype=np.float32)[:, None] * part
    a = (section[0] * np.cos(turn) - section[1] * np.sin(turn))[..., None]
    b = (section[0] * np.sin(turn) + section[1] * np.cos(turn))[..., None]
    length = np.linalg.norm(np.gradient(paths, axis=1), axis=2)
    area = np.pi * np.linalg.norm(across, axis=2) * np.linalg.norm(up, axis=2)
    points = paths[:, :, None] + a * across[:, :, None] + b * up[:, :, None]
    volumes = (length * area * density)[..., None] * section[2]
    return points.reshape(-1, 3).astype(np.float32), volumes.reshape(-1).astype(np.float32)


def shell(points: int, marrow: float) -> tuple[Array, Array, Array]:
    """Cross-section of a hollow bone: a cortical rim, and `marrow` of its density inside."""
    angle = np.arange(points, dtype=np.float32) * np.float32(2 * np.pi / points)
    inner = angle[::2]
    a = np.concatenate((0.9 * np.cos(angle), 0.45 * np.cos(inner)))
    b = np.concatenate((0.9 * np.sin(angle), 0.45 * np.sin(inner)))
    rim, core = 0.36 / len(angle), 0.64 * marrow / len(inner)
    share = np.concatenate((np.full(len(angle), rim), np.full(len(inner), core)))
    return a.astype(np.float32), b.astype(np.float32), share.astype(np.float32)


def along(knots: Sequence[float], values: Sequence[float], at: Array) -> Array:
    """Smooth curve through (knots, values) at `at`, of any shape; flat beyond the ends."""
    return lookup(hermite(tuple(knots), tuple(values)), knots[0], knots[-1], at)


def lookup(table: Array, first: float, last: float, at: Array) -> Array:
    """Nearest value of a table (n,) whose entries lie evenly from `first` to `last`."""
    end = len(table) - 1
    index = (at - np.float32(first)) * np.float32(end / (last - first)) + np.float32(0.5)
    return np.asarray(table[np.clip(index, 0, end).astype(np.int32)])


@lru_cache(maxsize=256)
def hermite(knots: tuple[float, ...], values: tuple[float, ...]) -> Array:
    """1024 points of the cubic Hermite curve through (knots, values)."""
    k, v = np.array(knots), np.array(values)
    fine = np.linspace(k[0], k[-1], 1024)
    j = np.clip(np.searchsorted(k, fine, "right") - 1, 0, len(k) - 2)
    slope = np.gradient(v, k)
    h = k[j + 1] - k[j]
    t = (fine - k[j]) / h
    table = v[j] + t * t * (3 - 2 * t) * (v[j + 1] - v[j])
    table += h * t * (1 - t) * ((1 - t) * slope[j] - t * slope[j + 1])
    return np.asarray(table, np.float32)


def curve(knots: Sequence[tuple[float, float, float]], steps: int) -> Array:
    """Smooth path (steps, 3) through evenly spaced knots (k, 3)."""
    at = np.linspace(0, 1, steps, dtype=np.float32)
    even = np.linspace(0, 1, len(knots)).tolist()
    return np.stack([along(even, [knot[i] for knot in knots], at) for i in range(3)], axis=1)
