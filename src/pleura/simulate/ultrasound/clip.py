"""Clips: one place of the chest while the patient breathes."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from pleura.simulate.ultrasound.arrays import Array
from pleura.simulate.ultrasound.echoes import Echoes, Place, sound_out
from pleura.simulate.ultrasound.lung import MARGIN, draw_lung
from pleura.simulate.ultrasound.patient import Patient
from pleura.simulate.ultrasound.probe import BEAMS, ROWS, View, draw_view
from pleura.simulate.ultrasound.structures import FLAGS, LEAST, sparse_of
from pleura.simulate.ultrasound.wall import draw_contact, draw_ribs, draw_wall

# Images smaller than this are reduced from one of this size, as if stored so by a scanner.
FINE = 256
# Frames follow each other by this share of a breath.
PACE = 0.13


@dataclass(frozen=True)
class Frame:
    """A simulated frame: `image` and `dense` (values of `Structure`), both (h, w) uint8.

    `spacing` is in mm a pixel.
    """

    image: NDArray[np.uint8]
    dense: NDArray[np.uint8]
    label: str
    probe: str
    spacing: float

    @property
    def sparse(self) -> NDArray[np.uint8]:
        """The lines of `dense` and nothing else, (h, w)."""
        return sparse_of(self.dense)

    @property
    def flags(self) -> dict[str, int]:
        """Which findings the frame shows, 0 or 1."""
        return {name: int((self.dense == s).mean() >= LEAST) for name, s in FLAGS.items()}


@dataclass(frozen=True)
class Clip:
    """A place of a chest while the lung slides under it; `rest` is what lies there in mid breath.

    `scatterers` (looks, ROWS, BEAMS + 2 * MARGIN) complex, like the lung and the grain of `rest`,
    are `MARGIN` beams wider than the view on either side, for what slides. `start` is the phase of
    the breath at the first frame, in breaths.
    """

    patient: Patient
    view: View
    rest: Place
    scatterers: NDArray[np.complex64]
    start: float

    @cached_property
    def step(self) -> float:
        """Distance of two beams at the pleura in mm."""
        return self.view.step(self.patient.wall)

    @cached_property
    def spread(self) -> Array:
        """The machine's point spread in this view, as `Scanner.spread` gives it."""
        return self.patient.scanner.spread(self.view)

    def slide(self, frame: int) -> int:
        """By how many beams the lung has slid in a frame."""
        way = self.patient.breath / self.step * np.sin(2 * np.pi * (self.start + PACE * frame))
        return int(np.clip(np.rint(way), -MARGIN, MARGIN))

    def place(self, frame: int) -> Place:
        """What lies under the probe in a frame."""
        slide = self.slide(frame)
        breath = np.float32(np.cos(2 * np.pi * (self.start + PACE * frame)))
        lung = self.rest.lung.window(slide)
        return replace(
            self.rest,
            pleura=self.rest.pleura * (1 + 0.012 * breath),
            lung=replace(lung, effusion=lung.effusion * (1 + 0.12 * breath)),
            grain=self.rest.grain[:, MARGIN + slide : MARGIN + slide + BEAMS],
        )

    def echoes(self, frame: int) -> tuple[Place, Echoes]:
        """What lies under the probe in a frame, and how it answers."""
        place, scanner, depths = self.place(frame), self.patient.scanner, self.view.depths
        noise = scanner.floor + scanner.depth_gain(depths)
        heard = np.maximum(noise, 5 - scanner.span) - scanner.echo_gain(depths)
        return place, sound_out(place, self.patient, depths, self.step, heard)

    def shoot(self, frame: int, size: int, rng: Generator) -> Frame:
        """A frame of `size` x `size` pixels with the noise of `rng`."""
        scanner, depths = self.patient.scanner, self.view.depths
        place, echoes = self.echoes(frame)
        slide = self.slide(frame)
        fixed = self.scatterers[:, :, MARGIN : MARGIN + BEAMS]
        sliding = self.scatterers[:, :, MARGIN + slide : MARGIN + slide + BEAMS]
        seen = np.where(depths < place.pleura, fixed, sliding)
        gain = scanner.echo_gain(depths)
        sources = np.asarray(seen * amplitude(echoes.diffuse + gain), np.complex64)
        # A mirror answers in phase: many scatterers at once, and roughened.
        mirror = amplitude(echoes.mirror + gain) / self.spread[0, 0]
        sources += mirror * (1 + 0.8 * seen)
        signal = scanner.receive(sources, self.spread)
        noise = rng.standard_normal((2, ROWS, BEAMS), np.float32)
        noise *= amplitude(scanner.floor + scanner.depth_gain(depths)) * 0.5**0.5
        signal[0] += noise[0] + np.complex64(1j) * noise[1]
        power = np.mean(signal.real**2 + signal.imag**2, axis=0)
        fine = max(size, FINE)
        image = self.view.pixels(fine).scan(scanner.display(power))
        gray = Image.fromarray(np.asarray(np.rint(image * 255), np.uint8))
        if fine > size:
            gray = gray.resize((size, size), Image.Resampling.BOX)
        return Frame(
            image=np.asarray(gray),
            dense=self.view.pixels(size).nearest(echoes.labels),
            label=self.patient.label,
            probe=self.view.kind,
            spacing=self.view.side / size,
        )


def amplitude(level: Array) -> Array:
    """The amplitude of a level in dB."""
    return np.asarray(np.exp(level * np.float32(np.log(10) / 20)), np.float32)


def draw_clip(rng: Generator, patient: Patient) -> Clip:
    """A place on the chest of a patient."""
    view = draw_view(rng, patient.probe, patient.wall)
    step = view.step(patient.wall)
    pleura = view.surface(patient.wall, float(0.08 * rng.standard_normal()), patient.bend)
    wide = BEAMS + 2 * MARGIN
    noise = rng.standard_normal((2, patient.scanner.looks, ROWS, wide), np.float32)
    # Grains of about 1.2 mm.
    along, across = 1.2 * ROWS / view.depth, 1.2 / step
    grain = gaussian_filter(rng.standard_normal((ROWS, wide), np.float32), (along, across))
    rest = Place(
        pleura=pleura,
        wall=draw_wall(rng, patient, step),
        ribs=draw_ribs(rng, patient, pleura, step),
        contact=draw_contact(rng, patient),
        lung=draw_lung(rng, patient, step),
        grain=grain / grain.std(),
    )
    scatterers = (noise[0] + np.complex64(1j) * noise[1]) * 0.5**0.5
    return Clip(patient, view, rest, scatterers, start=float(rng.uniform()))
