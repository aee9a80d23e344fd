"""What belongs to the patient and stays the same from clip to clip."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from pleura.simulate.ultrasound.probe import Kind
from pleura.simulate.ultrasound.scanner import Scanner, draw_scanner

LABELS = ("healthy", "interstitial", "consolidation", "effusion")
LINEAR = 1 / 3
# dB by which unhealthy lung is brighter than healthy lung.
VEIL = 4.0


@dataclass(frozen=True)
class Patient:
    """A chest and the machine it is examined with; lengths in mm.

    `wall` is the thickness of the chest wall, `fat` the share of fat in it. `bend` is the
    curvature of the pleura in 1/mm. `reverberation` is the level in dB of the echoes that run
    to and fro between probe and pleura, `tail` that of
    B-lines, `bone` the loss in dB behind a rib, `haze` the level in
    dB of air just under the pleura and `fading` what it loses a cm. `severity` is 0 for a healthy
    patient, else up to 1; `breath` is how far the lung slides from the middle.
    """

    label: str
    probe: Kind
    scanner: Scanner
    wall: float
    fat: float
    bend: float
    rib_spacing: float
    rib_width: float
    rib_height: float
    reverberation: float
    tail: float
    bone: float
    haze: float
    fading: float
    severity: float
    breath: float


def draw_patient(rng: Generator, label: str) -> Patient:
    """An adult with the disease `label`."""
    u, n = rng.uniform, rng.standard_normal
    probe: Kind = "linear" if u() < LINEAR else "convex"
    # B-lines stand out from the veil that disease draws over the lung.
    haze = float(-24 + 3.5 * n())
    return Patient(
        label=label,
        probe=probe,
        scanner=draw_scanner(rng, probe),
        wall=float(np.clip(18 + 5 * n(), 10, 34)),
        fat=float(u(0.15, 0.6)),
        bend=float(u(-0.002, 0.009)),
        rib_spacing=float(np.clip(30 + 3 * n(), 23, 38)),
        rib_width=float(np.clip(12 + 1.2 * n(), 9, 15)),
        rib_height=float(np.clip(6.5 + 0.8 * n(), 4.5, 9)),
        reverberation=float(-9 + 4 * n()),
        tail=float(max(-15 + 2.5 * n(), haze + VEIL + 7)),
        bone=float(u(22, 40)),
        haze=haze,
        fading=float(u(0.8, 5.5) if probe == "convex" else u(2.5, 10)),
        severity=0.0 if label == "healthy" else float(u(0.15, 1)),
        breath=float(u(1.5, 7)),
    )
