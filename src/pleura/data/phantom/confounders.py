"""Marks that have nothing to do with disease but may go along with it, when they are asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from pleura.data.phantom.geometry import Array, View

Kind: TypeAlias = Literal["letter", "border", "tube", "contrast"]

LETTER = ("####.", "#...#", "#...#", "####.", "#.#..", "#..#.", "#...#")


@dataclass(frozen=True)
class Confounder:
    """A planted mark and how probable it is, given the label (`default` for labels not listed).

    `sources` limits it to these hospitals (empty: all).
    """

    kind: Kind
    probability: Mapping[str, float] = field(default_factory=dict)
    default: float = 0.0
    sources: tuple[str, ...] = ()

    def present(self, rng: np.random.Generator, label: str, source: str) -> bool:
        """Draw whether an image of `label` from `source` bears the mark."""
        drawn = rng.uniform() < self.probability.get(label, self.default)
        return bool(drawn and (not self.sources or source in self.sources))


def draw_confounders(
    key: tuple[int, ...],
    image: Array,
    view: View,
    label: str,
    source: str,
    confounders: Sequence[Confounder],
) -> Array:
    """The image (h, w) in 0..1 with the confounders that fall to it.

    Every kind draws from a stream of its own under `key`, so that one does not move another.
    """
    for confounder in confounders:
        rng = np.random.default_rng((*key, list(MARKS).index(confounder.kind)))
        if confounder.present(rng, label, source):
            image = MARKS[confounder.kind](image, view)
    return image


def letter(image: Array, view: View) -> Array:
    """A white side marker in the upper left corner."""
    cell = max(1, min(image.shape) // 90)
    glyph = np.kron(np.array([[c == "#" for c in row] for row in LETTER]), np.ones((cell, cell)))
    h, w = image.shape
    out, top, left = image.copy(), h // 16, w // 16
    patch = out[top : top + glyph.shape[0], left : left + glyph.shape[1]]
    patch[glyph > 0] = 0.97
    return out


def border(image: Array, view: View) -> Array:
    """A black frame, as collimated or padded images have it."""
    h, w = image.shape
    out = np.zeros_like(image)
    dy, dx = max(1, h // 28), max(1, w // 28)
    out[dy:-dy, dx:-dx] = image[dy:-dy, dx:-dx]
    return out


def tube(image: Array, view: View) -> Array:
    """A thin line from the right shoulder towards the heart, as a central venous catheter."""
    x, y = view.grid
    at = np.clip((y + 0.1) / 1.0, 0, 1)
    path = -0.16 - 0.55 * (1 - at) ** 3
    away = np.abs(x - path) / np.sqrt(1 + (1.65 * (1 - at) ** 2) ** 2)
    line = np.exp(-((away / max(0.012, 0.6 / view.scale)) ** 4)) * (y > -0.1) * (y < 0.95)
    return np.asarray(np.clip(image + 0.16 * line, 0, 1), np.float32)


def contrast(image: Array, view: View) -> Array:
    """A darker, harder display."""
    return np.asarray(np.clip(image, 0, 1) ** np.float32(1.5), np.float32)


MARKS: Mapping[Kind, Callable[[Array, View], Array]] = {
    "letter": letter,
    "border": border,
    "tube": tube,
    "contrast": contrast,
}
