"""What belongs to the patient and stays the same from image to image."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Patient:
    """Body proportions in units of the half inner width of the thorax (`unit` cm)."""

    adult: bool
    unit: float
    depth: float
    wall: float
    dome: float
    dome_gap: float
    rib_drop: float
    rib_rise: float
    rib_size: float
    rib_spacing: float
    bone: float
    heart: float
    heart_lean: float
    thymus: float
    aorta: float
    pedicle: float
    breast: float
    apex: float
    taper: float
    bubble: tuple[float, float, float]
    vessels: float
    bend: float


def draw_patient(rng: np.random.Generator, adult: bool) -> Patient:
    """A patient; children are between one and twelve years old."""
    u, n = rng.uniform, rng.standard_normal
    age = float(u(19, 85) if adult else u(1, 12))
    young = 0.0 if adult else 1 - (age - 1) / 14
    old = max(0.0, (age - 50) / 35)
    return Patient(
        adult=adult,
        unit=float(13.4 + 0.9 * n()) if adult else float(7.4 + 0.42 * age + 0.3 * n()),
        depth=float(0.66 + 0.05 * n() + 0.14 * young + 0.06 * old),
        wall=float(np.clip(0.15 + 0.06 * n(), 0.07, 0.34)),
        dome=float(1.62 + 0.08 * n() - 0.17 * young),
        dome_gap=float(0.09 + 0.04 * n()),
        rib_drop=float(0.9 + 0.08 * n() - 0.27 * young),
        rib_rise=float(0.06 + 0.02 * n()),
        rib_size=float(0.055 + 0.004 * n() - 0.004 * young),
        rib_spacing=float(0.176 + 0.006 * n() - 0.008 * young),
        bone=float(np.clip(1.0 + 0.12 * n() - 0.25 * old - 0.15 * young, 0.55, 1.3)),
        heart=float(np.clip(0.46 + 0.03 * n() + 0.06 * young + 0.03 * old, 0.38, 0.62)),
        heart_lean=float(0.8 + 0.1 * n() - 0.2 * young),
        thymus=float(max(0.0, 0.22 * young + 0.08 * n()) if age < 5 else 0.0),
        aorta=float((0.5 + 0.5 * old + 0.15 * n()) if adult else 0.3 + 0.1 * n()),
        pedicle=float(0.155 + 0.016 * n() + 0.03 * young),
        breast=float(max(0.0, u(0.3, 1.0)) if adult and u() < 0.45 else 0.0),
        apex=float(0.43 + 0.03 * n()),
        taper=float(1.35 + 0.12 * n()),
        bubble=(float(0.42 + 0.1 * n()), float(0.2 + 0.06 * n()), float(u(0.08, 0.24))),
        vessels=float(np.clip(1.0 + 0.15 * n(), 0.6, 1.5)),
        bend=float(0.03 * n()),
    )
