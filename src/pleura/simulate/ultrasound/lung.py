"""The pleura and what lies beneath it, along a stretch that slides past the probe."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.random import Generator

from pleura.simulate.ultrasound.arrays import Array, Mask, bump, wave
from pleura.simulate.ultrasound.patient import Patient
from pleura.simulate.ultrasound.probe import BEAMS

# How many beams the lung may slide to either side.
MARGIN = 48


@dataclass(frozen=True)
class Lung:
    """The surface of the lung and the disease under it, one value for each of n beams.

    `rough` (mm): by how much the pleural line leaves the smooth surface of the chest; `thick` (mm):
    how thick it is; `glint` (dB): how bright it is; `ill`: whether it is thickened, rough or
    broken; `gap`: whether it is missing. `comet` (0 to 1): the strength of B-lines, at least 1/2
    within one. `zone`: whether the lung is hazy. `consolidation` and `effusion` (mm): how thick
    these are.
    """

    rough: Array
    thick: Array
    glint: Array
    ill: Mask
    gap: Mask
    comet: Array
    zone: Mask
    consolidation: Array
    effusion: Array

    def window(self, slide: int) -> "Lung":
        """The stretch under the probe, (BEAMS,), when the lung has slid by `slide` beams."""
        seen = slice(MARGIN + slide, MARGIN + slide + BEAMS)
        return Lung(*(getattr(self, field.name)[seen] for field in fields(self)))


def draw_lung(rng: Generator, patient: Patient, step: float) -> Lung:
    """The lung under one place of the chest; `step` is the distance of two beams in mm."""
    u, n = rng.uniform, BEAMS + 2 * MARGIN
    at = (np.arange(n, dtype=np.float32) - np.float32((n - 1) / 2)) * np.float32(step)
    severe, label = patient.severity, patient.label
    centre = float(u(-6, 6))
    sick = np.zeros(n, bool)
    consolidation, effusion = np.zeros((2, n), np.float32)
    comets: list[tuple[float, float]] = []
    if label == "interstitial":
        # From a few lines to a whole field of them.
        half = u(9, 14) + 35 * severe * u(0.5, 1)
        sick = np.abs(at - np.float32(centre)) < half
        comets = draw_comets(rng, centre, half, rate=0.1 + 0.12 * severe, widening=severe)
    elif label == "consolidation":
        half = u(5, 8) + 14 * severe * u(0.4, 1)
        shape = bump(at, centre, half) * (
            1 + 0.16 * wave(rng, n, 2.5 / step) + 0.1 * wave(rng, n, 0.7 / step)
        )
        consolidation = np.maximum(half * u(0.6, 1.3) * shape, 0)
        consolidation[consolidation < 1.5] = 0
        sick = np.abs(at - np.float32(centre)) < half * 1.25
        comets = draw_comets(rng, centre, half * 1.3, rate=0.05, widening=0.4)
    elif label == "effusion":
        half = u(16, 24) + 30 * severe
        tilt = 1 + u(-0.01, 0.01) * (at - np.float32(centre))
        effusion = np.float32(5 + 32 * severe * u(0.5, 1)) * bump(at, centre, half, 3) * tilt
        effusion *= 1 + 0.1 * wave(rng, n, 9 / step)
        effusion[effusion < 1.5] = 0
        # The lung beneath is pressed airless, more so under more fluid.
        if u() < 0.4 + 0.4 * severe:
            pressed = bump(at, centre + u(-8, 8), half * u(0.35, 0.7))
            shape = pressed * (1 + 0.15 * wave(rng, n, 2 / step))
            consolidation = np.maximum(u(6, 12 + 14 * severe) * shape, 0)
            consolidation[consolidation < 1.5] = 0
        comets = draw_comets(rng, centre, half, rate=0.02, widening=0.3)
    # One or two B-lines are found in healthy people.
    if label != "interstitial" and u() < 0.15:
        comets += [(float(u(-20, 20)), float(u(0.7, 1.4)))]
    comet = np.zeros(n, np.float32)
    for place, width in comets:
        comet = np.maximum(comet, bump(at, place, width, 2) * u(0.7, 1))
    # In heart failure B-lines come from a pleura that is regular.
    ill = np.zeros(n, bool) if label == "interstitial" and u() < 0.35 else sick
    rough, thick, gap = draw_pleura(rng, patient, ill, step)
    return Lung(
        rough=rough,
        thick=thick,
        glint=np.asarray(np.minimum(3 * wave(rng, n, 3.5 / step) - 1.5, 2.5), np.float32),
        ill=ill,
        gap=gap,
        comet=comet,
        zone=sick | (consolidation > 0) | (effusion > 0),
        consolidation=np.asarray(consolidation, np.float32),
        effusion=np.asarray(effusion, np.float32),
    )


def draw_comets(
    rng: Generator, centre: float, half: float, *, rate: float, widening: float
) -> list[tuple[float, float]]:
    """B-lines as (place, half width) in mm, on average `rate` of them in a mm; wide ones run into
    each other."""
    count = max(1, int(rng.poisson(2 * half * rate)))
    places = centre + half * rng.uniform(-0.95, 0.95, count)
    widths = rng.uniform(0.7, 1.3, count) + 3.5 * widening * rng.uniform(0, 1, count) ** 2
    return [(float(place), float(width)) for place, width in zip(places, widths, strict=True)]


def draw_pleura(
    rng: Generator, patient: Patient, ill: Mask, step: float
) -> tuple[Array, Array, Mask]:
    """`rough`, `thick` and `gap` of the pleural line: regular where it is healthy."""
    u, n = rng.uniform, len(ill)
    # The line is as thick as the pulse is long, a membrane being thinner.
    pulse = 2.2 * patient.scanner.axial + 0.35
    swollen = 1 + u(0.2, 0.9) * patient.severity + 0.25 * wave(rng, n, 2 / step)
    thick = np.where(ill, pulse * np.maximum(swollen, 1), pulse)
    jagged = u(0.25, 0.7) * (wave(rng, n, 1.2 / step) + 0.7 * wave(rng, n, 4 / step))
    rough = np.where(ill, jagged * np.sqrt(patient.severity), 0)
    broken = wave(rng, n, 1.6 / step) > 1.9 - patient.severity
    return np.asarray(rough, np.float32), np.asarray(thick, np.float32), ill & broken
