"""From attenuation to a gray image: scatter, quantum noise, blur, and each hospital's display."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy import ndimage

from pleura.simulate.xray.geometry import Array, Mask, View, magnify


@dataclass(frozen=True)
class Hospital:
    """The look of one hospital's images.

    `aspect`: width over height; `quanta`: detected quanta in a square cm without a patient;
    `scatter`: ratio of scattered to primary radiation; `latitude`: how far slow changes are
    compressed (0: not at all); `sharpen`: how far edges are raised; `slope` and `middle`: of the
    display's S-curve; `blur`: in cm; `border`: the share of images that show an edge of the
    collimator; `framing`: how far the patient's place differs from image to image.
    """

    name: str
    aspect: float
    quanta: float
    scatter: float
    latitude: float
    sharpen: float
    slope: float
    middle: float
    blur: float
    border: float
    framing: float


HOSPITALS = (
    Hospital("north", 1.0, 3.0e6, 0.12, 0.45, 0.9, 2.7, 0.3, 0.035, 0.1, 0.8),
    Hospital("south", 1.22, 8.0e5, 0.25, 0.55, 0.5, 1.9, 0.1, 0.06, 0.35, 1.3),
)


def blurred(image: Array, sigma: float) -> Array:
    """The image with a Gaussian blur of `sigma` pixels; a wide one is made on a coarser grid."""
    step = max(1, int(sigma / 4))
    if step == 1:
        return np.asarray(ndimage.gaussian_filter(image, sigma, mode="nearest"), np.float32)
    h, w = image.shape
    padded = np.pad(image, ((0, -h % step), (0, -w % step)), mode="edge")
    small = padded.reshape(padded.shape[0] // step, step, -1, step).mean(axis=(1, 3))
    small = ndimage.gaussian_filter(small, sigma / step, mode="nearest")
    rows, columns = ((np.arange(n) + 0.5) / step - 0.5 for n in (h, w))
    return magnify(np.asarray(small, np.float32), rows, columns)


def expose(rng: Generator, attenuation: Array, view: View, hospital: Hospital) -> Array:
    """Optical depth as the detector measures it, (h, w): with scatter, noise and blur."""
    primary = np.exp(-attenuation)
    spread = 3.5 / view.pixel
    scatter = hospital.scatter * blurred(primary * (attenuation > 0.3), spread)
    signal = primary + scatter
    quanta = hospital.quanta * view.pixel**2 * float(np.exp(0.35 * rng.standard_normal()))
    noise = rng.standard_normal(signal.shape, np.float32)
    signal = signal + np.sqrt(signal / np.float32(quanta)) * noise
    signal = ndimage.gaussian_filter(signal, max(0.3, hospital.blur / view.pixel))
    return np.asarray(-np.log(np.maximum(signal, 1e-4)), np.float32)


def display(rng: Generator, depth: Array, body: Mask, view: View, hospital: Hospital) -> Array:
    """Gray values 0..1 of optical depths (h, w), as a hospital shows them.

    Slow changes are compressed, edges sharpened, and what lies in the `body` (h, w) sets the range
    of an S-curve.
    """
    slow = blurred(depth, 2.5 / view.pixel)
    fast = depth - blurred(depth, 0.35 / view.pixel)
    image = depth - hospital.latitude * slow + hospital.sharpen * fast
    sample = image[body][::17]
    low, high = np.percentile(sample, (2, 99.5)).astype(np.float32)
    image = (image - low) / max(high - low, 0.2)
    middle = hospital.middle + 0.12 * rng.standard_normal()
    slope = hospital.slope * math.exp(0.25 * rng.standard_normal())
    curve = 1 / (1 + np.exp(np.clip(-slope * (image - middle), -20, 20)))
    base = 1 / (1 + math.exp(slope * (middle + 0.35)))
    top = 1 / (1 + math.exp(-slope * (1.1 - middle)))
    return np.asarray(np.clip((curve - base) / (top - base), 0, 1), np.float32)


def collimate(rng: Generator, image: Array, view: View, hospital: Hospital) -> Array:
    """The image (h, w) with the collimator's blades, if any are in view, at its sides."""
    reach = rng.uniform(0.01, 0.07, 4) * (rng.uniform(size=4) < hospital.border)
    lean = rng.uniform(-0.015, 0.015, 4)
    h, w = view.height, view.width
    x = ((np.arange(w, dtype=np.float32) + 0.5) / w)[None]
    y = ((np.arange(h, dtype=np.float32) + 0.5) / h)[:, None]
    shown = np.ones_like(image)
    for side, (near, along) in enumerate(((x, y), (1 - x, y), (y, x), (1 - y, x))):
        if reach[side] > 0:
            edge = near - np.float32(reach[side]) - np.float32(lean[side]) * along
            shown *= np.clip(edge * (view.scale / 2), 0, 1)
    return image * (0.04 + 0.96 * shown)
