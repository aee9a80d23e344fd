"""The projection geometry: image grid, body coordinates, and tubes splatted as line integrals.

Body coordinates are in units of the half inner width of the thorax: x towards the patient's left
(right of the image), y down from the lung apices, z towards the front.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Array: TypeAlias = NDArray[np.float32]
Mask: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.floating[Any]]


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
        cos, sin = np.float32(np.cos(self.turn)), np.float32(np.sin(self.turn))
        x = points[:, 0] * cos + points[:, 2] * sin
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
    hits = (column >= 0) & (left < 2 * w) & (row >= 0) & (top < 2 * h)
    index = top[hits] * (2 * w) + left[hits]
    fine = np.bincount(index, volumes[hits], minlength=4 * h * w).reshape(h, 2, w, 2)
    # Volume over pixel area is a length; one body unit is `unit` cm.
    total = fine[:, 0, :, 0] + fine[:, 0, :, 1] + fine[:, 1, :, 0] + fine[:, 1, :, 1]
    length = (total * (view.scale**2 * view.unit)).astype(np.float32)
    return np.asarray(ndimage.gaussian_filter(length, 0.8), np.float32)


def sweep(
    paths: Array, across: Array, up: Array, lanes: int, marrow: float, density: Array
) -> tuple[Array, Array]:
    """Points (m * n * lanes, 3) and volumes of m hollow tubes that follow paths of n steps.

    `paths` and the half axes `across` and `up` of the elliptic section are (m, n, 3). The wall is a
    quarter of the radius thick; `marrow` is the density of the inside as a share of the wall's.
    `density` (n,) or (m, n) scales the volumes.
    """
    # Lanes shift by the golden part from step to step, and steps by quarters from lane to lane, so
    # that they leave no lines; points lie on the front and on the back of the wall in turn, so that
    # a tube seen along its run keeps its width.
    lane = np.arange(lanes)
    step = np.arange(paths.shape[1])[:, None]
    u = ((lane + step * 0.618034 % 1) / lanes * 2 - 1).astype(np.float32)
    chord = np.sqrt(1 - u * u)
    hollow = np.sqrt(np.maximum(0.75**2 - u * u, 0))
    share = (chord - np.float32(1 - marrow) * hollow) * np.float32(4 / np.pi / lanes)
    depth = np.where((step + lane) % 2, np.float32(0.7), np.float32(-0.7)) * chord
    run = np.gradient(paths, axis=1).astype(np.float32)
    ahead = np.array((-0.375, 0.125, -0.125, 0.375), np.float32)[lane % 4]
    points = np.empty((*paths.shape[:2], lanes, 3), np.float32)
    # One coordinate at a time: loops over the lanes are faster than loops over three numbers.
    for k in range(3):
        middle, forth, out, rise = (v[:, :, k, None] for v in (paths, run, across, up))
        points[..., k] = middle + ahead * forth + depth * out + u * rise
    area = np.pi * np.linalg.norm(across, axis=2) * np.linalg.norm(up, axis=2)
    volumes = (np.linalg.norm(run, axis=2) * area * density)[..., None] * share
    return points.reshape(-1, 3), volumes.reshape(-1).astype(np.float32)


def magnify(tile: Array, rows: Floats, columns: Floats, wrap: bool = False) -> Array:
    """Values of a cubic B-spline over the samples `tile`, at every row and column: (rows, columns).

    It softens a little. Outside, the tile goes on as at its edge, or, with `wrap`, from its other
    end. It is no matrix product, because the threads of that would fight with those that simulate
    other images.
    """
    out = tile
    for at in (rows, columns):
        n, whole = len(out), np.floor(at)
        t = (at - whole).astype(np.float32)
        near = whole.astype(np.int64) + np.arange(-1, 3)[:, None]
        near = near % n if wrap else np.clip(near, 0, n - 1)
        taps = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, 3 * (t + t**2 - t**3) + 1, t**3)
        parts = (out[i] * (tap / 6)[:, None] for i, tap in zip(near, taps, strict=True))
        total = next(parts)
        for part in parts:
            total += part
        out = np.ascontiguousarray(total.T)
    return out


def along(knots: Sequence[float], values: Sequence[float], at: Array) -> Array:
    """A smooth curve through (knots, values) at the places `at`, of any shape; constant beyond the
    ends."""
    return lookup(hermite(tuple(knots), tuple(values)), knots[0], knots[-1], at)


def lookup(table: Array, first: float, last: float, at: Array) -> Array:
    """The nearest values of a table (n,) whose entries are at equal distances from `first` to
    `last`."""
    end = len(table) - 1
    index = (at - np.float32(first)) * np.float32(end / (last - first)) + 0.5
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
    """A path (steps, 3), the polynomial through evenly spaced knots (k, 3); with many knots it
    would swing."""
    from scipy.interpolate import KroghInterpolator  # half a second, which only drawing needs

    path = KroghInterpolator(np.linspace(0, 1, len(knots)), knots)
    return np.asarray(path(np.linspace(0, 1, steps)), np.float32)


def bump(at: Array, centre: float | Array, width: float, power: int = 2) -> Array:
    """1 at `centre`, 1/e at a distance of `width`, 0 far away; a high power makes it square."""
    return np.asarray(np.exp(-(((at - centre) / width) ** power)), np.float32)
