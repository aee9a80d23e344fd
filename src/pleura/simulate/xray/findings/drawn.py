"""What each of five findings does to the body and to the lungs, graded from 0 to 1.

A finding draws its place from a generator of its own, which is given to `body` and to `lungs` in
the same state: what both draw first, such as the side, is the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from pleura.simulate.xray.anatomy import Patient
from pleura.simulate.xray.disease import (
    Chest,
    DrawLesion,
    Lesion,
    interstitial,
    lobar,
    normal,
    rise,
)
from pleura.simulate.xray.soft import Soft
from pleura.simulate.xray.texture import field, on_body


def _as_it_is(rng: Generator, patient: Patient, severity: float) -> Patient:
    """A body that the finding does not change."""
    return patient


@dataclass(frozen=True)
class Finding:
    """What a finding does to the lungs, and to the rest of the body."""

    lungs: DrawLesion = normal
    body: Callable[[Generator, Patient, float], Patient] = _as_it_is


def _side(rng: Generator) -> int:
    """-1 for the patient's right side, which lies left in the image; 1 for the left side."""
    return 1 if rng.uniform() < 0.5 else -1


def raised(rng: Generator, patient: Patient, severity: float) -> Patient:
    """Atelectasis takes volume: the diaphragm of its side stands higher."""
    lift = 0.05 + 0.2 * severity
    if _side(rng) < 0:
        # The gap is from the right dome down to the left one, which stays.
        return replace(patient, dome=patient.dome - lift, dome_gap=patient.dome_gap + lift)
    return replace(patient, dome_gap=patient.dome_gap - lift)


def atelectasis(rng: Generator, chest: Chest, severity: float) -> Lesion:
    """Plates of collapsed lung: nearly horizontal bands above the diaphragm of one side."""
    side = _side(rng)
    x, y = chest.view.grid
    share = np.zeros_like(x)
    common = rng.uniform(-0.25, 0.25)
    for number in range(4):
        middle = side * rng.uniform(0.4, 0.68)
        height = chest.dome - rng.uniform(0.08, 0.4)
        lean, reach = common + rng.uniform(-0.1, 0.1), rng.uniform(0.18, 0.34)
        if number > 1 + 2.5 * severity:
            continue
        aside = x - np.float32(middle)
        across = y - np.float32(height) - np.float32(lean) * aside
        to_edge = np.asarray(0.02 + 0.035 * severity - np.abs(across), np.float32)
        between = np.asarray(1 - np.abs(aside) / reach, np.float32)
        share = np.maximum(share, rise(between, 0.7) * rise(to_edge, 0.07))
    share = share * np.float32(0.2 + 0.5 * severity)
    return Lesion(share, share > 0.15, -0.5 * share)


def enlarged(rng: Generator, patient: Patient, severity: float) -> Patient:
    """Cardiomegaly: a wide heart whose apex dips towards the diaphragm."""
    heart = patient.heart * (1.1 + 0.4 * severity)
    return replace(patient, heart=heart, heart_low=patient.heart_low - 0.04 * severity)


def edema(rng: Generator, chest: Chest, severity: float) -> Lesion:
    """Fluid in both lungs: haze spreading from the hila, thick vessels and a net of septa."""
    net = interstitial(rng, chest, 0.6 * severity)
    x, y = chest.view.grid
    hilum = 0.5 * chest.dome
    away = np.hypot((np.abs(x) - 0.3) / 0.55, (y - np.float32(hilum)) / 0.6)
    ragged = on_body(chest.view, field(rng, 2.8, 0.5, 6))
    cover = rise(0.75 + 0.35 * severity - away + 0.12 * ragged, 0.7)
    haze = (0.04 + 0.45 * severity) * cover
    share = np.asarray(1 - (1 - haze) * (1 - net.share), np.float32)
    return Lesion(share, (cover > 0.5) | net.mask, net.bronchi + (0.1 + 0.4 * severity) * cover)


def effusion(rng: Generator, chest: Chest, severity: float) -> Lesion:
    """Fluid at the bottom of one or both pleural spaces, whose border climbs towards the ribs."""
    sides = (_side(rng),) if rng.uniform() < 0.6 else (-1, 1)
    x, y = chest.view.grid
    lateral = np.clip(chest.soft.lateral, 0, 1)
    share = np.zeros_like(x)
    for side in sides:
        height = 0.75 * severity * rng.uniform(0.85, 1.15)
        floor = chest.dome + (chest.patient.dome_gap if side > 0 else 0) + 0.2
        level = np.float32(floor - height) - np.float32(0.2) * lateral**3
        share = np.maximum(share, rise(y - level, 0.12) * rise(side * x - 0.15, 0.3))
    share = np.asarray(np.float32(0.95) * share, np.float32)
    return Lesion(share, share > 0.5, -share)


FINDINGS: Mapping[str, Finding] = {
    "Atelectasis": Finding(lungs=atelectasis, body=raised),
    "Cardiomegaly": Finding(body=enlarged),
    "Consolidation": Finding(lungs=lobar),
    "Edema": Finding(lungs=edema),
    "Pleural Effusion": Finding(lungs=effusion),
}
"""The five findings of CheXpert's competition (Irvin et al. 2019), in the order of its table."""


def together(lesions: list[Lesion], like: Soft) -> Lesion:
    """All lesions at once: each leaves its share of the air that the others leave."""
    air, tree = np.ones_like(like.lung), np.zeros_like(like.lung)
    mask = np.zeros(like.lung.shape, np.bool_)
    for lesion in lesions:
        air, tree, mask = air * (1 - lesion.share), tree + lesion.bronchi, mask | lesion.mask
    # Vessels cannot take away more than there is.
    return Lesion(np.asarray(1 - air, np.float32), mask, np.maximum(tree, -1.7 * (1 - air)))
