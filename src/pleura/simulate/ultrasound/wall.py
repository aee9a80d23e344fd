"""The chest wall: skin, fat, fasciae and muscle as levels of echo; ribs."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy.ndimage import gaussian_filter

from pleura.simulate.ultrasound.arrays import Array, Mask, wave
from pleura.simulate.ultrasound.patient import Patient
from pleura.simulate.ultrasound.probe import BEAMS

# Levels of the wall are kept at this many depths between skin and pleura.
LAYERS = 320
# A depth in mm that no view reaches.
NOWHERE = 1e4


def draw_wall(rng: Generator, patient: Patient, step: float) -> Array:
    """Echo of the chest wall in dB, (LAYERS, BEAMS): skin first, pleura last.

    `step` is the distance of two beams in mm.
    """
    u = rng.uniform
    at = np.linspace(0, 1, LAYERS, dtype=np.float32)[:, None]
    fine = patient.wall / LAYERS
    # The layers run along skin and pleura and undulate between them.
    lift = u(0.02, 0.09) * wave(rng, BEAMS, u(9, 22) / step)
    lift += np.float32(0.12 * rng.standard_normal()) * np.linspace(-1, 1, BEAMS, dtype=np.float32)
    at = at + lift * np.sin(np.float32(np.pi) * at)
    skin = np.float32(1.6 / patient.wall)
    fascia = patient.fat + 0.025 * wave(rng, BEAMS, 18 / step)
    level = np.where(at < fascia, np.float32(u(-36, -28)), np.float32(u(-29, -22)))
    level += (
        3
        * gaussian_filter(
            rng.standard_normal((LAYERS, BEAMS), np.float32), (1.2 / fine, 7 / step), mode="wrap"
        )
        * np.float32(np.sqrt(4 * np.pi * 1.2 / fine * 7 / step))
    )
    # Septa in the fat, fibres and sheets in the muscle: thin and long.
    streaks = gaussian_filter(
        rng.standard_normal((LAYERS, BEAMS), np.float32), (0.22 / fine, 3 / step), mode="wrap"
    )
    streaks *= np.float32(np.sqrt(4 * np.pi * 0.22 / fine * 3 / step))
    rows = np.clip(at * LAYERS, 0, LAYERS - 1).astype(np.intp)
    streaks = streaks[rows, np.arange(BEAMS)]
    level += u(5, 9) * np.maximum(streaks - 0.3, 0)
    borders = [fascia]
    borders += [
        np.float32(place) + u(0.01, 0.03) * wave(rng, BEAMS, u(10, 25) / step)
        for place in u(patient.fat + 0.08, 0.97, rng.integers(1, 4))
    ]
    for border in borders:
        sheet = np.exp(-(((at - border) * patient.wall / 0.45) ** 2))
        bright = u(10, 18) + 3 * wave(rng, BEAMS, 6 / step)
        level += bright * sheet
    level += np.float32(u(6, 14)) * (at < skin)
    return np.asarray(np.minimum(level, -6), np.float32)


@dataclass(frozen=True)
class Ribs:
    """The ribs that the beams meet, one value for each beam.

    `hit`: whether it meets one; `top`, `bottom`: between which depths in mm; `shade`: the share of
    the beam, which has a width, that ribs take away.
    """

    hit: Mask
    top: Array
    bottom: Array
    shade: Array


def draw_ribs(rng: Generator, patient: Patient, pleura: Array, step: float) -> Ribs:
    """The ribs in a view, none where the probe lies between two of them; `pleura` (BEAMS,) mm."""
    across = (np.arange(BEAMS, dtype=np.float32) - (BEAMS - 1) / 2) * np.float32(step)
    half, high = patient.rib_width / 2, patient.rib_height / 2
    # The probe lies over a space between ribs as a rule.
    space = rng.uniform(-0.3, 0.3) * patient.rib_spacing
    reach = int(float(across[-1]) / patient.rib_spacing) + 2
    centres = [
        space + (i + 0.5) * patient.rib_spacing + 0.6 * rng.standard_normal()
        for i in range(-reach, reach)
    ]
    hit = np.zeros(BEAMS, bool)
    top, bottom = np.full((2, BEAMS), NOWHERE, np.float32)
    shade = np.zeros(BEAMS, np.float32)
    present = rng.uniform() < 0.5
    for centre in centres if present else ():
        away = np.abs(across - np.float32(centre)) / np.float32(half)
        middle = np.interp(centre, across, pleura) - high - rng.uniform(0.5, 2.0)
        arch = np.float32(high) * np.sqrt(np.maximum(1 - away**2, 0))
        under_rib = away < 1
        hit |= under_rib
        top = np.where(away < 1.6, np.float32(middle) - arch, top)
        bottom = np.where(under_rib, np.float32(middle) + arch, bottom)
        shade = np.maximum(shade, 1 / (1 + (away * 1.05) ** 5))
    return Ribs(hit, np.asarray(top, np.float32), np.asarray(bottom, np.float32), shade)


def draw_contact(rng: Generator, patient: Patient) -> Array:
    """Loss in dB (BEAMS,): a little everywhere, much where the probe's edges lift off the skin."""
    at = np.linspace(-1, 1, BEAMS, dtype=np.float32)
    loss = np.zeros(BEAMS, np.float32)
    for side in (-1, 1):
        if rng.uniform() < (0.35 if patient.probe == "convex" else 0.12):
            edge = rng.uniform(0.55, 1.0)
            loss += 28 / (1 + np.exp(-(side * at - np.float32(edge)) / 0.05))
    # Fat and muscle shade what lies under them.
    shading = rng.uniform(1, 3.5) * wave(rng, BEAMS, 20) + wave(rng, BEAMS, 6)
    return np.asarray(loss + shading, np.float32)
