"""What belongs to the patient and stays the same from image to image."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator


@dataclass(frozen=True)
class Patient:
    """Body proportions in units of half the inner width of the thorax, which is `unit` cm.

    `age` is in years; `rib_jitter` (2, 12) has a value for each rib of either side; `gas` lists x,
    y and radius of each bowel loop that holds gas.
    """

    adult: bool
    age: float
    unit: float
    depth: float
    wall: float
    dome: float
    dome_gap: float
    dome_curve: float
    rib_drop: float
    rib_rise: float
    rib_size: float
    rib_spacing: float
    rib_jitter: tuple[tuple[float, ...], ...]
    bone: float
    heart: float
    heart_low: float
    thymus: float
    aorta: float
    pedicle: float
    breast: float
    apex: float
    taper: float
    slope: float
    bubble: tuple[float, float, float]
    gas: tuple[tuple[float, float, float], ...]
    vessels: float
    bend: float


def draw_patient(rng: Generator, adult: bool) -> Patient:
    """A patient; children are between one and twelve years old."""
    u, n = rng.uniform, rng.standard_normal
    age = float(u(19, 85) if adult else u(1, 12))
    young = 0.0 if adult else 1 - (age - 1) / 14
    old = max(0.0, (age - 50) / 35)
    loops = int(u(0, 3 if adult else 6))
    return Patient(
        adult=adult,
        age=age,
        unit=float(13.4 + 0.9 * n()) if adult else float(7.4 + 0.42 * age + 0.3 * n()),
        depth=float(0.66 + 0.05 * n() + 0.1 * young + 0.06 * old),
        wall=float(np.clip(0.14 + 0.07 * n(), 0.06, 0.36)),
        dome=float(1.6 + 0.1 * n() - 0.15 * young),
        dome_gap=float(0.09 + 0.05 * n()),
        dome_curve=float(np.clip(0.7 + 0.18 * n(), 0.3, 1.1)),
        rib_drop=float(1.15 + 0.12 * n() - 0.3 * young),
        rib_rise=float(0.05 + 0.02 * n()),
        rib_size=float(0.045 + 0.004 * n() + 0.004 * young),
        rib_spacing=float(0.178 + 0.009 * n() - 0.01 * young),
        rib_jitter=tuple(tuple(n(12).tolist()) for _ in range(2)),
        bone=float(np.clip((0.95 if adult else 1.1) + 0.12 * n() - 0.2 * old, 0.45, 1.3)),
        heart=float(np.clip(0.46 + 0.035 * n() + 0.05 * young + 0.03 * old, 0.38, 0.6)),
        heart_low=float(0.06 + 0.05 * n() + 0.05 * young),
        thymus=float(max(0.0, 0.18 * young + 0.08 * n()) if age < 4 else 0.0),
        aorta=float((0.5 + 0.6 * old + 0.2 * n()) if adult else 0.2 + 0.1 * n()),
        pedicle=float(0.16 + 0.018 * n() + 0.03 * young),
        breast=float(max(0.0, u(0.3, 1.0)) if adult and u() < 0.45 else 0.0),
        apex=float(0.43 + 0.04 * n()),
        taper=float(1.35 + 0.14 * n()),
        slope=float(0.06 * n()),
        bubble=(float(0.42 + 0.1 * n()), float(0.2 + 0.07 * n()), float(u(0.04, 0.24))),
        gas=tuple(
            (float(u(-0.75, 0.85)), float(u(0.32, 0.9)), float(u(0.06, 0.17))) for _ in range(loops)
        ),
        vessels=float(np.clip(1.0 + 0.15 * n(), 0.6, 1.5)),
        bend=float(0.03 * n()),
    )
