"""Textures of synthetic scenes: 1/f noise, grain, stripes, spots, cells, ridges, fibres."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import distance_transform_edt

TILE = 512  # pixels
FINER = 2  # a tile is kept enlarged, so that picking its nearest pixel is good enough, and fast
OF_EACH = 5
SPREAD = 40.0  # standard deviation of a tile, in gray levels around 128

Array = NDArray[np.float32]


def noise(rng: Generator, slope: float, low: float, high: float, squash: float) -> Array:
    """Noise (TILE, TILE) of unit variance, whose amplitude is frequency^-slope between two
    frequencies.

    Frequencies are in cycles a tile. `squash` above 1 stretches the noise along the rows.
    """
    fy = np.fft.fftfreq(TILE, 1 / TILE)[:, None]
    fx = np.fft.rfftfreq(TILE, 1 / TILE) * squash
    f = np.hypot(fx, fy)
    gain = np.where((f >= low) & (f <= high), np.maximum(f, 1) ** -slope, 0)
    waves = gain * np.exp(2j * np.pi * rng.random(gain.shape))
    field = np.fft.irfft2(waves, s=(TILE, TILE))
    return np.asarray(field / field.std(), np.float32)


def _clouds(rng: Generator) -> Array:
    return noise(rng, rng.uniform(0.8, 1.8), 1, TILE, 1)


def _grain(rng: Generator) -> Array:
    return noise(rng, 0.4, 20, rng.uniform(60, 200), 1)


def _fibres(rng: Generator) -> Array:
    return noise(rng, 0.9, 4, TILE, rng.uniform(4, 12))


def _ridges(rng: Generator) -> NDArray[Any]:
    coarse, fine = noise(rng, 1.1, 3, 120, 1), noise(rng, 1.1, 8, 200, 1)
    return np.asarray(-np.abs(coarse) - np.abs(fine) / 2)


def _spots(rng: Generator) -> NDArray[Any]:
    middle = rng.uniform(8, 40)
    band = noise(rng, 0, middle * 0.7, middle * 1.3, rng.uniform(1, 2))
    return np.asarray(np.tanh(4 * (band - rng.uniform(0.2, 0.9))) + _clouds(rng) / 4)


def _stripes(rng: Generator) -> NDArray[Any]:
    across = np.arange(TILE, dtype=np.float32) / TILE * rng.integers(8, 50)
    wave = np.sin(2 * np.pi * (across + rng.uniform(0.1, 1) * noise(rng, 1.5, 1, 30, 1)))
    return np.asarray(np.tanh(rng.uniform(0.5, 4) * wave) + _clouds(rng) / 3)


def _cells(rng: Generator) -> NDArray[Any]:
    seeds = np.ones((TILE, TILE), bool)
    count = int(rng.integers(60, 900))
    seeds.flat[rng.choice(seeds.size, count, replace=False)] = False
    distance, nearest = distance_transform_edt(seeds, return_indices=True)
    tones = rng.normal(0, 1, (TILE, TILE)).astype(np.float32)[tuple(nearest)]
    away = (distance / distance.mean()).astype(np.float32)
    return np.asarray(tones * rng.uniform(0, 0.8) - away + _clouds(rng) / 4)


KINDS: tuple[Callable[[Generator], NDArray[Any]], ...] = (
    _clouds, _grain, _fibres, _ridges, _spots, _stripes, _cells
)  # fmt: skip


@lru_cache(maxsize=2)
def tiles(seed: int) -> tuple[Image.Image, ...]:
    """The textures from which all scenes of a seed are cut, 8-bit gray with mean 128."""
    enlarged = []
    for number in range(OF_EACH * len(KINDS)):
        rng = np.random.default_rng((seed, 1, number))
        field = KINDS[number % len(KINDS)](rng)
        field = (field - field.mean()) / field.std()
        tile = Image.fromarray((128 + SPREAD * field).clip(0, 255).astype(np.uint8))
        enlarged.append(tile.resize((TILE * FINER,) * 2, Image.Resampling.BICUBIC))
    return tuple(enlarged)


def cut(rng: Generator, tile: Image.Image, size: int) -> Array:
    """A piece (size, size) of a tile from anywhere on it, turned and scaled, of about unit
    variance."""
    step = FINER * rng.uniform(0.35, 1.15) * 256 / size
    angle = rng.uniform(0, 2 * math.pi)
    c, s = step * math.cos(angle), step * math.sin(angle)
    # The corners of a turned square of half this diagonal stay on the tile.
    room = max(tile.width / 2 - step * size / math.sqrt(2), 0)
    x, y = tile.width / 2 + rng.uniform(-room, room, 2)
    half = size / 2
    matrix = (c, -s, x - (c - s) * half, s, c, y - (s + c) * half)
    piece = tile.transform((size, size), Image.Transform.AFFINE, matrix, fillcolor=128)
    return np.asarray((np.asarray(piece, np.float32) - 128) / SPREAD, np.float32)


@lru_cache(maxsize=2)
def grain(seed: int, size: int) -> Array:
    """(2 * size, 2 * size) white noise, for cameras to take pieces from."""
    rng = np.random.default_rng((seed, 3))
    return rng.standard_normal((2 * size, 2 * size), np.float32)
