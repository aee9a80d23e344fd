"""Three patterns of pneumonia, placed in a patient's lungs and graded from 0 to 1."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.random import Generator

from pleura.simulate.xray.anatomy import Patient
from pleura.simulate.xray.geometry import Array, Mask, View
from pleura.simulate.xray.pose import Pose
from pleura.simulate.xray.soft import Soft, render_soft
from pleura.simulate.xray.texture import field, on_body

LOBES = ("right upper", "right middle", "right lower", "left upper", "left lower")


@dataclass(frozen=True)
class Chest:
    """A patient in one image, before any disease: how he or she stands, and how that is seen."""

    patient: Patient
    pose: Pose
    view: View

    @cached_property
    def soft(self) -> Soft:
        """The soft tissue in this view."""
        return render_soft(self.patient, self.pose, self.view)

    @property
    def dome(self) -> float:
        """Height of the right dome of the diaphragm."""
        return self.pose.dome(self.patient)


@dataclass(frozen=True)
class Lesion:
    """What a disease does to the lungs; all fields are (h, w).

    `share`: how much of the air along the beam has become fluid; `mask`: the diseased region;
    `bronchi`: by how much the contrast of the bronchovascular tree changes, below 0 where
    air-filled bronchi cross fluid, above 0 where cuffs thicken them.
    """

    share: Array
    mask: Mask
    bronchi: Array


DrawLesion = Callable[[Generator, Chest, float], Lesion]
"""Draws what a disease of a severity, 0 to 1, does to the lungs of a chest."""


def normal(rng: Generator, chest: Chest, severity: float) -> Lesion:
    """No disease."""
    nothing = np.zeros((chest.view.height, chest.view.width), np.float32)
    return Lesion(nothing, nothing > 0, nothing)


def rise(value: Array, width: float) -> Array:
    """Soft step from 0 to 1 around 0."""
    exponent = np.clip(value * np.float32(-4 / width), -30, 30)
    return np.asarray(1 / (1 + np.exp(exponent)), np.float32)


def lobar(rng: Generator, chest: Chest, severity: float) -> Lesion:
    """Consolidation of a part of one lobe, fuzzy except where a fissure bounds it."""
    x, y = chest.view.grid
    lobe = LOBES[rng.choice(5, p=[0.2, 0.15, 0.28, 0.12, 0.25])]
    side = -1 if lobe.startswith("right") else 1
    floor = chest.dome
    spots = {
        "right upper": (0.55, 0.48),
        "right middle": (0.42, floor - 0.35),
        "right lower": (0.6, floor - 0.2),
        "left upper": (0.55, 0.6),
        "left lower": (0.62, floor - 0.2),
    }
    cx, cy = spots[lobe]
    cx, cy = cx + 0.12 * rng.standard_normal(), cy + 0.1 * rng.standard_normal()
    radius = (0.22 + 0.36 * severity) * rng.uniform(0.85, 1.15)
    ragged = on_body(chest.view, field(rng, 3.0, 0.4, 6))
    away = np.sqrt(((side * x - cx) / 1.05) ** 2 + ((y - cy) / rng.uniform(0.85, 1.2)) ** 2)
    cover = rise(radius - away + 0.11 * ragged, rng.uniform(0.16, 0.4))
    fissure = rng.uniform(0.82, 0.92) + 0.06 * (side * x - 0.5)
    if lobe == "right upper":
        cover = cover * rise(fissure - y, 0.04)
    elif lobe == "right middle":
        cover = cover * rise(y - fissure, 0.04)
    cover = cover * (side * x > 0)
    patchy = np.clip(1 + 0.14 * on_body(chest.view, field(rng, 2.6, 0.8, 8)), 0.4, 1.4)
    depth = rng.uniform(0.85, 1.15) * (0.06 + 0.72 * severity)
    # Bronchi that stay open inside fluid show as dark branches.
    return Lesion(np.clip(depth * cover * patchy, 0, 0.95), cover > 0.4, -1.7 * cover * depth)


def interstitial(rng: Generator, chest: Chest, severity: float) -> Lesion:
    """Thickened interstitium in both lungs: a net of fine lines and cuffs around the bronchi."""
    _, y = chest.view.grid
    middle = 0.55 * chest.dome + 0.15 * rng.standard_normal()
    spread = rng.uniform(0.5, 0.8)
    cloud = on_body(chest.view, field(rng, 3.0, 0.4, 4))
    cover = np.exp(-(((y - np.float32(middle)) / np.float32(spread + 0.4)) ** 2))
    cover = cover * rise(0.65 + 0.55 * severity - chest.soft.lateral + 0.25 * cloud, 0.8)
    # The nets of several depths in the lung lie over one another.
    net = np.exp(-((field(rng, 1.5, 3.0, 24.0) / 0.35) ** 2))
    layers = net + np.roll(net, (57, 31), (0, 1)) + net.T + np.roll(net[::-1], 83, 1)
    lines = np.clip(on_body(chest.view, layers - layers.mean()), -1.5, 2.5)
    share = cover * (lines * (0.03 + 0.09 * severity) + 0.055 + 0.17 * severity)
    return Lesion(np.clip(share, 0, 0.9), cover > 0.5, (0.1 + 0.6 * severity) * cover)


def ground_glass(rng: Generator, chest: Chest, severity: float) -> Lesion:
    """Hazy patches in both lungs, mostly under the pleura and in the lower zones."""
    x, y = chest.view.grid
    floor = chest.dome
    blobs = np.zeros_like(x)
    for number in range(10):
        side = 1 if number % 2 else -1
        cy = floor * rng.uniform(0.3, 1.02) ** 0.8
        cx = side * rng.uniform(0.5, 0.92)
        size = float(rng.uniform(0.12, 0.3)) * (0.75 + 0.45 * severity)
        weight = 1.0 if number < 3 + 7 * severity else 0.0
        away = (x - np.float32(cx)) ** 2 + ((y - np.float32(cy)) / 1.3) ** 2
        blobs += np.float32(weight) * np.exp(away / np.float32(-size * size))
    ragged = on_body(chest.view, field(rng, 2.8, 0.6, 8))
    outer = np.clip(0.35 + 0.9 * chest.soft.lateral, 0, 1)
    cover = rise(blobs * outer - 0.45 + 0.14 * ragged, 0.6)
    haze = np.clip(1 + 0.12 * on_body(chest.view, field(rng, 2.2, 1.0, 16)), 0.4, 1.5)
    share = (0.04 + 0.46 * severity) * cover * haze
    return Lesion(np.clip(share, 0, 0.9), cover > 0.45, 0 * cover)


def draw_severity(rng: Generator) -> float:
    """The severity of a new patient, from hardly visible to obvious; the middle is the most
    frequent."""
    return float(np.clip(rng.beta(2.0, 1.4), 0.03, 1.0))


# What a disease does to the lungs, by label; the same state of the generator gives the same place.
LESIONS: Mapping[str, DrawLesion] = {
    "normal": normal,
    "lobar": lobar,
    "interstitial": interstitial,
    "ground_glass": ground_glass,
}
LABELS = tuple(LESIONS)
