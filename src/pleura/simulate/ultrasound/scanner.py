"""The machine: point spread, attenuation, depth gain, noise and display."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import fft

from pleura.simulate.ultrasound.arrays import Array
from pleura.simulate.ultrasound.probe import BEAMS, ROWS, Kind, View

# Soft tissue, in dB a mm and MHz, there and back.
ATTENUATION = 0.1
# Beyond the edges, so that an echo at one does not return at the other.
PAD = 32


@dataclass(frozen=True)
class Scanner:
    """How a machine is built and set.

    `frequency` is in MHz. `axial` and `lateral` are standard deviations of the point spread: along
    the beam in mm, across it in radians (in mm with a linear probe). `looks` is the number of
    independent looks that are averaged (compounding). `reach` is the depth gain in dB that the
    machine has, `sliders` what is set at eight depths, in dB. `gain`, `floor` (noise before depth
    gain) and `span` (of the display) are in dB; `gamma` belongs to the gray map.
    """

    frequency: float
    axial: float
    lateral: float
    looks: int
    reach: float
    sliders: tuple[float, ...]
    gain: float
    floor: float
    span: float
    gamma: float

    def depth_gain(self, depths: Array) -> Array:
        """The gain in dB at each depth (rows, 1), which makes up for soft tissue until the
        machine's reach is used up."""
        needed = ATTENUATION * self.frequency * depths
        reach = np.float32(self.reach)
        # A soft limit: amplifiers bend, they do not break off.
        compensated = reach * np.tanh(needed / reach)
        at = np.linspace(0, float(depths[-1, 0]), len(self.sliders))
        sliders = np.interp(depths, at, self.sliders)
        return np.asarray(compensated + sliders + self.gain, np.float32)

    def echo_gain(self, depths: Array) -> Array:
        """What attenuation and depth gain leave of an echo, in dB (rows, 1)."""
        loss = ATTENUATION * self.frequency * depths
        return np.asarray(self.depth_gain(depths) - loss, np.float32)

    def spread(self, view: View) -> Array:
        """The point spread as a transfer function, padded: (ROWS + PAD, BEAMS + PAD).

        A Gaussian pulse along the beam and a Gaussian beam across; the random phases of the
        scatterers stand for the carrier. Scatterers of unit variance give unit variance.
        """
        axial = self.axial / view.depth * (ROWS - 1)
        lateral = self.lateral / (view.radius if view.kind == "linear" else 1)
        lateral *= (BEAMS - 1) / (2 * view.half)
        rows = np.exp(-2 * (np.pi * axial * np.fft.fftfreq(ROWS + PAD)) ** 2)[:, None]
        beams = np.exp(-2 * (np.pi * lateral * np.fft.fftfreq(BEAMS + PAD)) ** 2)
        spread = rows * beams
        return np.asarray(spread / np.sqrt(np.mean(spread**2)), np.float32)

    def receive(self, echoes: NDArray[np.complex64], spread: Array) -> NDArray[np.complex64]:
        """Scatterers (looks, ROWS, BEAMS) seen through the point spread."""
        waves = fft.fft2(echoes, spread.shape) * spread
        seen = fft.ifft2(waves, overwrite_x=True)
        return np.asarray(seen[:, :ROWS, :BEAMS], np.complex64)

    def display(self, intensity: Array) -> Array:
        """Log compression of intensities to gray 0..1."""
        level = 10 * np.log10(intensity + 1e-12)
        gray = np.clip(1 + level / self.span, 0, 1)
        return np.asarray(gray**self.gamma, np.float32)


def draw_scanner(rng: Generator, kind: Kind) -> Scanner:
    """A machine with a probe of that kind, set as somebody might have set it."""
    u, n = rng.uniform, rng.standard_normal
    linear = kind == "linear"
    frequency = float(u(7, 12) if linear else u(2.5, 5))
    return Scanner(
        frequency=frequency,
        axial=float(u(0.8, 1.3) / frequency),
        lateral=float(u(0.2, 0.42) if linear else np.radians(u(0.28, 0.6))),
        looks=int(rng.integers(2, 6)),
        reach=float(u(32, 52)),
        sliders=tuple((2.5 * n(8)).tolist()),
        gain=float((-19 if linear else -16.5) + 4 * n()),
        floor=float(u(-101, -85)),
        span=float(u(58, 78)),
        gamma=float(u(0.9, 1.3)),
    )
