"""Outlines of objects: smooth and jagged blobs, bodies with limbs, rings."""

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw

FINE = 3  # an outline is drawn this much finer than the image, for smooth edges

Points = NDArray[np.float64]  # (k, 2) x, y of a closed outline; about 1 from the centre
Shape = list[tuple[Points, bool]]  # drawn one after the other; False cuts out


def _circle(radius: NDArray[np.float64] | float, count: int) -> Points:
    angle = np.arange(count) * (2 * math.pi / count)
    return np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1)


def _smooth(rng: Generator, wild: float = 1.0) -> Points:
    angle = np.arange(96) * (2 * math.pi / 96)
    order = np.arange(2, 7)[:, None]
    waves = rng.normal(0, wild * 0.35, (5, 1)) / order
    radius = 1 + (waves * np.cos(order * angle + rng.uniform(0, 7, (5, 1)))).sum(0)
    return _circle(np.maximum(radius, 0.25) / radius.max(), 96)


def _jagged(rng: Generator) -> Points:
    count = int(rng.integers(5, 26))
    return _circle(rng.uniform(rng.uniform(0.35, 0.8), 1, count), count)


def _limb(rng: Generator, start: Points, angle: float) -> Points:
    """A bent limb that tapers, from a point outwards."""
    along = np.linspace(0, 1, 8)
    heading = angle + rng.uniform(-1.2, 1.2) * along
    step = rng.uniform(0.5, 1.1) / 8
    middle = start + step * np.cumsum(np.stack((np.cos(heading), np.sin(heading)), 1), 0)
    width = rng.uniform(0.05, 0.17) * (1 - rng.uniform(0.2, 0.9) * along)[:, None]
    aside = width * np.stack((-np.sin(heading), np.cos(heading)), 1)
    return np.concatenate((middle + aside, (middle - aside)[::-1]))


def _body(rng: Generator) -> Shape:
    """A body with limbs, and often a head."""
    body = _smooth(rng, 0.5) * (0.65, rng.uniform(0.25, 0.6))
    shape: Shape = [(body, True)]
    downwards = rng.random() < 0.5
    for _ in range(int(rng.integers(1, 6))):
        place = body[rng.integers(len(body))] * 0.7
        angle = math.pi / 2 if downwards else math.atan2(place[1], place[0])
        shape.append((_limb(rng, place, angle + rng.normal(0, 0.3)), True))
    if rng.random() < 0.7:
        place = body[rng.integers(len(body))] * 1.1
        shape.append((_smooth(rng, 0.4) * rng.uniform(0.15, 0.32) + place, True))
    return shape


def draw_shape(rng: Generator) -> Shape:
    """A shape of any kind, all of it within 2 of the centre."""
    kind = rng.choice(4, p=(0.35, 0.2, 0.35, 0.1))
    if kind == 0:
        return [(_smooth(rng), True)]
    if kind == 1:
        return [(_jagged(rng), True)]
    if kind == 2:
        return _body(rng)
    return [(_smooth(rng, 0.5), True), (_smooth(rng, 0.5) * rng.uniform(0.3, 0.6), False)]


def place_shape(rng: Generator, shape: Shape, centre: tuple[float, float], area: float) -> Shape:
    """The shape turned, stretched and shifted, in coordinates in which the image goes from 0 to 1.

    `area` is about the share of the image that the union of its parts has, before the border cuts
    it.
    """
    angle = rng.uniform(-0.5, 0.5) if rng.random() < 0.6 else rng.uniform(0, 2 * math.pi)
    stretch = math.exp(rng.normal(0, 0.2))
    c, s = math.cos(angle), math.sin(angle)
    turn = np.array(((c * stretch, s * stretch), (-s / stretch, c / stretch)))
    whole = sum(_area(points) if solid else -_area(points) for points, solid in shape)
    scale = math.sqrt(area / whole)
    return [(points @ turn * scale + centre, solid) for points, solid in shape]


def _area(points: Points) -> float:
    x, y = points.T
    round_trip = x[:-1] @ y[1:] - y[:-1] @ x[1:] + x[-1] * y[0] - y[-1] * x[0]
    return float(abs(round_trip) / 2)


def coverage(shape: Shape, size: int) -> Image.Image:
    """The share of each pixel that a placed shape covers, (size, size), 0 to 255."""
    canvas = Image.new("L", (size * FINE, size * FINE))
    fill(canvas, shape, 255)
    return canvas.reduce(FINE)


def fill(canvas: Image.Image, shape: Shape, tone: int) -> None:
    """Draw a placed shape in a `tone`; the parts that cut out get 0."""
    pen = ImageDraw.Draw(canvas)
    for points, solid in shape:
        pen.polygon((points * canvas.width).ravel().tolist(), fill=tone if solid else 0)
