"""The field of view of a probe, and the way from beams to pixels."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from pleura.simulate.ultrasound.arrays import Array, Mask

Kind: TypeAlias = Literal["convex", "linear"]

ROWS, BEAMS = 480, 224
# A linear probe is a convex one so large that its beams are parallel.
FLAT = 1e6


@dataclass(frozen=True)
class View:
    """Beams and the square image made of them; lengths in mm, angles in radians.

    The beams leave a face of radius `radius` at angles up to `half`, and reach `depth`. The image
    is `side` high and wide; its upper edge lies `top` below the middle of the face.
    """

    kind: Kind
    radius: float
    half: float
    depth: float
    top: float
    side: float

    @cached_property
    def angles(self) -> NDArray[np.float64]:
        """The angles of the beams from left to right, (BEAMS,)."""
        return np.linspace(-self.half, self.half, BEAMS)

    @cached_property
    def depths(self) -> Array:
        """The depths along every beam, (ROWS, 1)."""
        return np.linspace(0, self.depth, ROWS, dtype=np.float32)[:, None]

    def step(self, depth: float) -> float:
        """Distance of two beams at `depth`."""
        return (self.radius + depth) * 2 * self.half / (BEAMS - 1)

    def surface(self, depth: float, tilt: float, bend: float) -> Array:
        """Where the beams meet a surface, (BEAMS,): y = depth + tilt * x + bend * x^2 / 2."""
        cos, sin = np.cos(self.angles), np.sin(self.angles)
        # The way to it is found by iteration from the middle's; tilt and bend are small.
        way = np.full(BEAMS, self.radius + depth)
        for _ in range(12):
            x = way * sin
            way = (self.radius + depth + tilt * x + bend * x * x / 2) / cos
        return np.asarray(way - self.radius, np.float32)

    def pixels(self, size: int) -> "Pixels":
        """The pixels of an image of `size` x `size`."""
        at = (np.arange(size) + 0.5) * self.side / size
        x, y = at - self.side / 2, (at + self.top + self.radius)[:, None]
        row = (np.hypot(x, y) - self.radius) / self.depth * (ROWS - 1)
        beam = (np.arctan2(x, y) / self.half + 1) / 2 * (BEAMS - 1)
        seen = (row >= 0) & (row <= ROWS - 1) & (beam >= 0) & (beam <= BEAMS - 1)
        return Pixels(seen, row[seen].astype(np.float32), beam[seen].astype(np.float32))


@dataclass(frozen=True)
class Pixels:
    """Which pixels lie in the field of view, `seen` (h, w), and the row and beam of each."""

    seen: Mask
    row: Array
    beam: Array

    @cached_property
    def corner(self) -> tuple[NDArray[np.intp], Array, Array]:
        """For every seen pixel the index of the sample above and left of it, and the remainders
        downwards and to the right."""
        row = np.minimum(self.row.astype(np.intp), ROWS - 2)
        beam = np.minimum(self.beam.astype(np.intp), BEAMS - 2)
        return row * BEAMS + beam, self.row - row, self.beam - beam

    def scan(self, samples: Array) -> Array:
        """Samples (ROWS, BEAMS) as an image (h, w), bilinear; 0 outside the field of view."""
        index, down, right = self.corner
        flat = samples.ravel()
        upper = flat[index] + right * (flat[index + 1] - flat[index])
        lower = flat[index + BEAMS]
        lower = lower + right * (flat[index + BEAMS + 1] - lower)
        image = np.zeros(self.seen.shape, np.float32)
        image[self.seen] = upper + down * (lower - upper)
        return image

    def nearest(self, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Labels (ROWS, BEAMS) as a mask (h, w); 0 outside the field of view."""
        mask = np.zeros(self.seen.shape, np.uint8)
        mask[self.seen] = labels[np.rint(self.row).astype(int), np.rint(self.beam).astype(int)]
        return mask


def draw_view(rng: Generator, kind: Kind, pleura: float) -> View:
    """The depth and crop that an operator sets for a pleura at `pleura` mm."""
    u = rng.uniform
    if kind == "linear":
        width = float(u(38, 50))
        side = float(max(width * u(0.72, 1.1), 2.1 * pleura))
        return View(kind, FLAT, width / 2 / FLAT, side, 0.0, side)
    radius, half = float(u(40, 62)), float(np.radians(u(27, 36)))
    depth = float(max(u(75, 160), 4 * pleura))
    # Cut between the lowest and the highest point of the arc of the face.
    top = -radius * (1 - np.cos(half)) * u(0.1, 1.0)
    side = float((depth - top) * (u(0.86, 0.99) if u() < 0.5 else u(1.0, 1.08)))
    return View(kind, radius, half, depth, float(top), side)
