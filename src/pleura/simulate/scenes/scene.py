"""One synthetic scene: layered background, clutter, and one to three salient objects."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from scipy.ndimage import gaussian_filter

from pleura.simulate.scenes.shapes import Shape, coverage, draw_shape, fill, place_shape
from pleura.simulate.scenes.textures import cut, grain, tiles

Array = NDArray[np.float32]

CONTRAST = (22.0, 75.0)  # gray levels between an object and what is around it
CLUTTER = (6.0, 30.0)  # the same for what is not salient


@dataclass(frozen=True)
class Scene:
    """`image` and `mask`, (size, size) uint8; the mask is 255 where an object is, else 0."""

    image: NDArray[np.uint8]
    mask: NDArray[np.uint8]


def simulate_scene(seed: int, number: int, size: int = 256) -> Scene:
    """The scene `number` of a seed; it does not depend on what else was drawn, nor what it shows on
    `size`.

    A pixel belongs to an object if objects cover at least half of it.
    """
    rng = np.random.default_rng((seed, 2, number))
    light = rng.uniform(0, 2 * math.pi)
    canvas = _background(rng, seed, size)
    focus = ImageFilter.GaussianBlur(size * abs(rng.normal(0, 0.006)))
    seen = Image.fromarray(canvas.clip(0, 255).astype(np.uint8)).filter(focus)
    canvas = np.asarray(seen, np.float32)
    covered = np.zeros((size, size), np.float32)
    for _ in range(int(rng.choice((1, 2, 3), p=(0.7, 0.2, 0.1)))):
        canvas, alpha = _add_object(rng, seed, canvas, light)
        covered = np.maximum(covered, alpha)
    return Scene(_photograph(rng, seed, canvas), np.where(covered >= 0.5, 255, 0).astype(np.uint8))


def _background(rng: Generator, seed: int, size: int) -> Array:
    """A graded ground, hills or walls before it, clutter all over."""
    side = np.linspace(-0.5, 0.5, size, dtype=np.float32)
    slope = rng.normal(0, 60, 2).astype(np.float32)
    tone = rng.uniform(70, 190)
    canvas = _textured(rng, seed, np.float32(tone) + slope[0] * side + slope[1] * side[:, None])
    for _ in range(int(rng.integers(0, 5))):
        tone = float(np.clip(tone + rng.normal(0, 50), 40, 215))
        canvas = _layered(rng, seed, canvas, rng.uniform(0.25, 0.95), tone)
    return canvas + _clutter(rng, size)


def _layered(rng: Generator, seed: int, canvas: Array, place: float, tone: float) -> Array:
    """The canvas with another texture below a wavy edge at `place`, or to the right of it."""
    side = np.linspace(0, 1, len(canvas), dtype=np.float32)
    edge = place + rng.normal(0, 0.4) * (side - 0.5)
    for order in range(1, 6):
        edge += rng.normal(0, 0.05 / order) * np.sin(order * 6 * side + rng.uniform(0, 7))
    below = ((side[:, None] - edge.astype(np.float32)) * len(canvas)).clip(0, 1)
    below = below if rng.random() < 0.75 else below.T
    other = _textured(rng, seed, np.full_like(canvas, tone))
    return np.asarray(canvas + below * (other - canvas), np.float32)


def _textured(rng: Generator, seed: int, tone: Array) -> Array:
    textures = tiles(seed)
    strength = np.float32(rng.uniform(5, 26))
    return tone + strength * cut(rng, textures[rng.integers(len(textures))], size=len(tone))


def _clutter(rng: Generator, size: int) -> Array:
    """Gray levels (size, size) to add: faint shapes like those of objects, and lines.

    They are drawn at half the size, since clutter is out of focus.
    """
    canvas = Image.new("L", ((size + 1) // 2,) * 2, 128)
    pen = ImageDraw.Draw(canvas)
    for _ in range(int(rng.integers(4, 26))):
        tone = 128 + round(rng.choice((-1, 1)) * rng.uniform(*CLUTTER))
        if rng.random() < 0.25:
            ends = (rng.uniform(-0.1, 1.1, 4) * canvas.width).tolist()
            width = max(1, round(canvas.width * rng.uniform(0.003, 0.02)))
            pen.line(ends, fill=tone, width=width)
            continue
        shape = [part for part in draw_shape(rng) if part[1]]
        x, y = rng.uniform(0, 1, 2)
        fill(canvas, place_shape(rng, shape, (x, y), math.exp(rng.uniform(-8, -3))), tone)
    soft = canvas.filter(ImageFilter.GaussianBlur(canvas.width * rng.uniform(0.001, 0.008)))
    return np.asarray(soft.resize((size, size), Image.Resampling.BILINEAR), np.float32) - 128


def _add_object(rng: Generator, seed: int, canvas: Array, light: float) -> tuple[Array, Array]:
    """The canvas with an object and its shadow on it, and the share that it covers, 0 to 1."""
    size = len(canvas)
    shape = _placed(rng)
    cover = coverage(shape, size)
    alpha = np.asarray(cover, np.float32) / np.float32(255)
    bulge = _bulge(cover, size * rng.uniform(0.015, 0.05))
    down, across = np.gradient(bulge)
    reach = size * rng.uniform(0.01, 0.06)
    shift = round(-reach * math.sin(light)), round(-reach * math.cos(light))
    shadow = np.roll(bulge, shift, (0, 1)) * rng.uniform(0, 0.45)
    canvas = canvas * (1 - shadow)

    ring = canvas[(bulge > 0.02) & (alpha < 0.5)]
    dark, bright = np.quantile(ring if ring.size else canvas, (0.25, 0.75)).tolist()
    contrast = rng.uniform(*CONTRAST)
    # Either way, or towards the side that has room left.
    upwards = bool(rng.random() < 0.5)
    if not 20 + contrast < dark < bright < 235 - contrast:
        upwards = dark + bright < 256
    tone = min(bright + contrast, 240) if upwards else max(dark - contrast, 15)
    body = _textured(rng, seed, np.full_like(canvas, tone))
    if rng.random() < 0.4:
        place = shape[0][0].mean(axis=0)[1] + rng.normal(0, 0.05)
        body = _layered(rng, seed, body, place, tone + contrast / 3 * (1 if upwards else -1))
    lit = across * np.float32(math.cos(light)) + down * np.float32(math.sin(light))
    body += np.float32(rng.uniform(0, 700) * size / 256) * -lit
    return canvas + alpha * (body - canvas), alpha


def _placed(rng: Generator) -> Shape:
    """A shape of 1.5 to 35 % of the image; nearer to the middle than not, as photographers do."""
    area = math.exp(rng.uniform(math.log(0.015), math.log(0.35)))
    x, y = (0.5 + rng.normal(0, 0.16, 2)).clip(0.12, 0.88)
    return place_shape(rng, draw_shape(rng), (x, y), area)


def _bulge(cover: Image.Image, radius: float) -> Array:
    """The cover, 0 to 1, blurred with a standard deviation of `radius` pixels.

    This is done at a quarter of the size, since nothing finer is left.
    """
    small = np.asarray(cover.reduce(4), np.float32) / 255
    soft = Image.fromarray(gaussian_filter(small, radius / 4, mode="nearest"))
    return np.asarray(soft.resize(cover.size, Image.Resampling.BICUBIC))


def _photograph(rng: Generator, seed: int, canvas: Array) -> NDArray[np.uint8]:
    """Fall-off towards the corners, exposure and grain of a camera, as 8-bit gray."""
    side = np.linspace(-1, 1, len(canvas), dtype=np.float32)
    falloff = 1 - rng.uniform(0, 0.25) * (side[:, None] ** 2 + side**2) / 2
    top, left = rng.integers(0, len(canvas), 2)
    noise = grain(seed, len(canvas))[top : top + len(canvas), left : left + len(canvas)]
    pixels = canvas * falloff * rng.uniform(0.85, 1.2)
    pixels += noise * rng.uniform(0.5, 5)
    return pixels.clip(0, 255).astype(np.uint8)
