"""How strongly each place on the beams answers, and which structure it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from pleura.simulate.ultrasound.arrays import Array, Mask
from pleura.simulate.ultrasound.lung import Lung
from pleura.simulate.ultrasound.patient import VEIL, Patient
from pleura.simulate.ultrasound.probe import BEAMS
from pleura.simulate.ultrasound.scanner import ATTENUATION
from pleura.simulate.ultrasound.structures import Structure
from pleura.simulate.ultrasound.wall import LAYERS, Ribs

# dB a return between probe and pleura; A-lines that stand out less than this are not marked.
RETURN, VISIBLE = 7.0, 9.0
# An interface that is tilted by this much (its slope) answers e times weaker.
TILT = 0.33
BLACK = -90.0


@dataclass(frozen=True)
class Place:
    """What lies under the probe in one frame; all but `wall` and `grain` have one value for each
    beam.

    `pleura`: depth in mm of the surface along which the lung slides. `wall`: dB (LAYERS, BEAMS).
    `grain`: a smooth random field (ROWS, BEAMS) of unit variance that slides with the lung.
    """

    pleura: Array
    wall: Array
    ribs: Ribs
    contact: Array
    lung: Lung
    grain: Array

    @property
    def surface(self) -> Array:
        """Depth of the lung's own surface in mm: beneath an effusion where there is one."""
        return self.pleura + self.lung.effusion + self.lung.rough

    @property
    def clean(self) -> Mask:
        """Beams that end on healthy, aerated lung."""
        return ~self.lung.zone & (self.lung.comet < 0.5)

    def incidence(self, step: float) -> Array:
        """What the tilt of the pleura to the beam costs one reflection, in dB."""
        slope = np.gradient(self.pleura) / np.float32(step)
        return np.asarray(4.34 * (slope / TILT) ** 2, np.float32)


@dataclass(frozen=True)
class Echoes:
    """How strong the echoes are, in dB before attenuation and gain, and which structure gives them.

    `diffuse` is what scatterers give, `mirror` what smooth interfaces give, `labels` the values of
    `Structure`; all are (ROWS, BEAMS).
    """

    diffuse: Array
    mirror: Array
    labels: NDArray[np.uint8]


def sound_out(place: Place, patient: Patient, depths: Array, step: float, heard: Array) -> Echoes:
    """The echoes of a place at `depths` (ROWS, 1).

    `heard` (ROWS, 1) is the weakest level in dB that the display still shows at each depth.
    """
    lung, p, q, ribs = place.lung, place.pleura, place.surface, place.ribs
    cost = place.incidence(step)
    bright = lung.glint - cost
    half = np.maximum(lung.thick, 2.2 * depths[1, 0]) / 2
    # Fluid takes nothing from the sound: what lies beneath it looks brighter.
    spared = np.float32(ATTENUATION * patient.scanner.frequency) * np.minimum(lung.effusion, 14)

    layer = np.minimum((depths / p % 1) * LAYERS, LAYERS - 1).astype(np.intp)
    wall = place.wall[layer, np.arange(BEAMS)]
    # Echoes of the wall come back again between two returns of the pleura.
    again = wall + (patient.reverberation - 8) - RETURN * np.floor(depths / p) - cost
    again -= 30 * (lung.comet + lung.zone)
    air = np.maximum(again, aerated(place, patient, depths))
    # Airless lung holds air in its bronchi: bright dots and short lines.
    firm = -19 + 2.5 * place.grain
    firm += 14 * np.clip(4 * (place.grain - 1.9), 0, 1)
    # Echoes of the wall that come late fill the upper part of what is free of echoes.
    fluid = np.maximum(-33 - 1.1 * np.maximum(depths - p, 0), -52) + 2 * place.grain
    beneath, deep = depths > q, q + lung.consolidation
    level = np.where(beneath, np.where(depths < deep, firm, air) + spared, fluid)
    level = np.where((depths < p) | (~beneath & (lung.effusion == 0)), wall, level)

    line = np.where(lung.gap, np.float32(-30), bright - 1)
    mirror = line + spared - fall(depths - q, 0.6 * half)
    wet = np.where(lung.effusion > 0, bright - 10, BLACK)
    mirror = np.maximum(mirror, wet - fall(depths - p, 0.6 * half))
    # The deep border of airless lung is shredded: seen in pieces.
    back = np.where(lung.consolidation > 0, 2 * lung.glint + 5 * place.grain - 11, BLACK)
    mirror = np.maximum(mirror, back - fall(depths - deep, half))
    returns, seen = reverberate(place, patient, depths, bright, half, heard)
    mirror = np.maximum(mirror, returns)
    cortex = -6 - fall(depths - ribs.top, np.float32(0.5))
    cortex = cortex - 10 * np.abs(np.gradient(ribs.top) / np.float32(step))
    mirror = np.maximum(mirror, np.where(ribs.hit, cortex, BLACK))

    # Sound that runs to and fro in the cortex trails into the shadow.
    behind = 1 - np.exp(-np.maximum(depths - ribs.top - 0.6, 0) / 2.5)
    shade = place.contact + patient.bone * ribs.shade * behind
    labels = name_places(place, depths, half, seen)
    return Echoes(
        np.asarray(level - shade, np.float32), np.asarray(mirror - shade, np.float32), labels
    )


def fall(away: Array, width: Array | np.float32) -> Array:
    """What an echo loses `away` from its interface, in dB: its amplitude is exp(-(away / width)^2 /
    2)."""
    return np.asarray(4.34 * (away / width) ** 2, np.float32)


def haze(place: Place, patient: Patient, depths: Array) -> Array:
    """The level in dB of lung that shows no line, at depths of a shape that fits (…, BEAMS)."""
    lung = place.lung
    veiled = gaussian_filter1d((lung.zone & (lung.consolidation == 0)).astype(np.float32), 7)
    shallow = patient.haze + 0.6 * lung.glint + VEIL * veiled
    faded = patient.fading / 10 * np.maximum(depths - place.surface, 0)
    return np.asarray(shallow - faded, np.float32)


def aerated(place: Place, patient: Patient, depths: Array) -> Array:
    """The level in dB of aerated lung beneath its surface, with its B-lines, (ROWS, BEAMS)."""
    lung = place.lung
    tail = patient.tail + 0.5 * lung.glint
    tail = tail + 8.7 * np.log(np.maximum(lung.comet, 1e-3))
    # A comet tail keeps ringing: it fades less than what surrounds it.
    fading = np.float32(patient.fading / 30)
    tail = tail + 2 * place.grain - fading * (depths - place.surface)
    return np.asarray(np.maximum(haze(place, patient, depths), tail), np.float32)


def reverberate(
    place: Place, patient: Patient, depths: Array, bright: Array, half: Array, heard: Array
) -> tuple[Array, Mask]:
    """A-lines: their level in dB and where they are seen, both (ROWS, BEAMS).

    `bright` (dB) and `half` (mm), both (BEAMS,), are the pleural line's level and half thickness.
    """
    order = np.maximum(np.rint(depths / place.pleura), 1)
    middle = order * place.pleura
    # The second return has met the pleura twice, each further one once more.
    strength = 2 * bright - place.lung.glint + patient.reverberation
    strength = strength - (RETURN - 0.5 * np.minimum(bright, 0)) * (order - 2)
    away = np.abs(depths - middle)
    # The wall blurs each return further.
    wide = half * np.sqrt(order)
    healthy = (order >= 2) & place.clean
    level = np.where(healthy, strength - fall(away, 0.6 * wide), BLACK)
    # A line is seen or not as a whole, by what surrounds its middle.
    row = np.minimum(np.rint(middle / depths[1, 0]), len(depths) - 1).astype(np.intp)
    around = np.maximum(haze(place, patient, middle) + VISIBLE, heard[row, 0])
    return np.asarray(level, np.float32), healthy & (away <= wide) & (strength > around)


def name_places(place: Place, depths: Array, half: Array, a_lines: Mask) -> NDArray[np.uint8]:
    """The structure at each place (ROWS, BEAMS). A later rule overwrites earlier ones."""
    lung, p, q, ribs = place.lung, place.pleura, place.surface, place.ribs
    s = Structure
    beneath = depths > q
    labels = np.where(beneath, np.where(lung.zone, s.UNHEALTHY_LUNG, s.HEALTHY_LUNG), s.EFFUSION)
    # The parietal pleura over an effusion belongs to the chest wall.
    wall = depths <= np.where(lung.effusion > 0, p + half, q)
    labels[wall] = s.CHEST_WALL
    labels[a_lines & beneath] = s.A_LINE
    labels[beneath & (lung.comet >= 0.5)] = s.B_LINE
    labels[beneath & (depths <= q + lung.consolidation) & (lung.consolidation > 0)] = (
        s.CONSOLIDATION
    )
    pleura = (np.abs(depths - q) <= half) & ~lung.gap
    np.copyto(labels, np.where(lung.ill, s.UNHEALTHY_PLEURA, s.HEALTHY_PLEURA), where=pleura)
    within = ribs.hit & (depths >= ribs.top)
    labels[within] = np.where(depths <= ribs.bottom, s.RIB, s.SHADOW)[within]
    labels[:, place.contact > 15] = s.SHADOW
    return labels.astype(np.uint8)
