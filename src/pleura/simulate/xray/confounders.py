"""Marks that have nothing to do with disease, but can go along with it if that is asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.random import Generator

from pleura.errors import InputError, nearest
from pleura.simulate.xray.disease import LABELS
from pleura.simulate.xray.geometry import Array, View, magnify

FRAME = 0.15  # of height and width along each edge: what the report hides and shows alone
Kind: TypeAlias = Literal["letter", "border", "tube", "contrast"]

LETTERS = {
    "R": ("####.", "#...#", "#...#", "####.", "#.#..", "#..#.", "#...#"),
    "L": ("#....", "#....", "#....", "#....", "#....", "#....", "#####"),
}


@dataclass(frozen=True)
class Confounder:
    """A planted mark, and how probable it is with each label (`default` for labels that are not
    listed).

    It is planted in images of these `sources` (hospitals) only; in all if that is empty.
    """

    kind: Kind
    probability: Mapping[str, float] = field(default_factory=dict)
    default: float = 0.0
    sources: tuple[str, ...] = ()

    def present(self, rng: Generator, label: str, source: str) -> bool:
        """Draw whether an image of `label` from `source` bears the mark."""
        drawn = rng.uniform() < self.probability.get(label, self.default)
        return bool(drawn and (not self.sources or source in self.sources))


def parse_confounder(text: str) -> Confounder:
    """The confounder that "KIND:LABEL=PROBABILITY[,LABEL=PROBABILITY]" describes.

    Labels not named never bear the mark. Raises `InputError` that names everything wrong in it.
    """
    name, _, rest = text.partition(":")
    kind = next((kind for kind in MARKS if kind == name.strip()), None)
    problems = [] if kind else [f"kind '{name}' is unknown" + nearest(name, MARKS)]
    probability: dict[str, float] = {}
    for part in rest.split(","):
        label, _, number = (piece.strip() for piece in part.partition("="))
        try:
            probability[label] = float(number)
        except ValueError:
            problems.append(f"'{part}' is not LABEL=PROBABILITY")
            continue
        if label not in LABELS:
            problems.append(f"label '{label}' is unknown" + nearest(label, LABELS))
        if not 0 <= probability[label] <= 1:
            problems.append(f"the probability of '{label}' is {number}; use 0 to 1")
    if problems or kind is None:
        raise InputError(f"confounder '{text}': write it as letter:lobar=0.9,normal=0.1", problems)
    return Confounder(kind, probability)


def draw_confounders(
    key: tuple[int, ...],
    image: Array,
    view: View,
    label: str,
    source: str,
    confounders: Sequence[Confounder],
) -> Array:
    """The image (h, w) in 0..1 with the confounders that are drawn for it.

    Each kind draws from its own stream under `key`, so that no mark depends on another one. They
    are put on the image in the order of `MARKS`, so that none hides another.
    """
    order = list(MARKS)
    for confounder in sorted(confounders, key=lambda mark: order.index(mark.kind)):
        rng = np.random.default_rng((*key, order.index(confounder.kind)))
        if confounder.present(rng, label, source):
            image = MARKS[confounder.kind](rng, image, view)
    return image


def tube(rng: Generator, image: Array, view: View) -> Array:
    """A thin line from the right shoulder towards the heart, as a central venous catheter."""
    x, y = view.grid
    tip = rng.uniform(0.75, 1.1)
    at = np.clip((y + 0.1) / np.float32(tip + 0.1), 0, 1)
    path = np.float32(-0.16 + 0.03 * rng.standard_normal()) - 0.55 * (1 - at) ** 3
    away = np.abs(x - path) / np.sqrt(1 + (1.65 * (1 - at) ** 2) ** 2)
    line = np.exp(-((away / max(0.014, 0.7 / view.scale)) ** 4)) * (y > -0.1) * (y < tip)
    return np.asarray(np.clip(image + 0.18 * line, 0, 1), np.float32)


def contrast(rng: Generator, image: Array, view: View) -> Array:
    """A darker, harder display."""
    return np.asarray(np.clip(image, 0, 1) ** rng.uniform(1.4, 1.7), np.float32)


def central_square(image: Array) -> Array:
    """The largest square in the middle of an image, as a view of it.

    Letter and border lie in its `FRAME`, which the report hides and shows alone; what lies outside
    of the square is cut off before a network sees the image.
    """
    h, w = image.shape
    side = min(h, w)
    top, left = (h - side) // 2, (w - side) // 2
    return image[top : top + side, left : left + side]


def border(rng: Generator, image: Array, view: View) -> Array:
    """A black frame, as collimated or padded images have it."""
    inner = central_square(image)
    side = len(inner)
    top, bottom, left, right = (max(1, int(side * share)) for share in rng.uniform(0.03, 0.1, 4))
    out = np.zeros_like(image)
    central_square(out)[top:-bottom, left:-right] = inner[top:-bottom, left:-right]
    return out


def letter(rng: Generator, image: Array, view: View) -> Array:
    """A white side marker: R at the patient's right (left in the image), or L at the left."""
    out = image.copy()
    square = central_square(out)
    side = len(square)
    name = "R" if rng.uniform() < 0.7 else "L"
    glyph = np.array([[c == "#" for c in row] for row in LETTERS[name]], np.float32)
    height = max(3, round(side * rng.uniform(0.075, 0.12)))
    width = max(2, height * 5 // 7)
    rows, columns = (
        (np.arange(n) + 0.5) * cells / n + 0.5
        for n, cells in ((height, glyph.shape[0]), (width, glyph.shape[1]))
    )
    # Sharpened, since the spline softens.
    ink = np.clip(1.8 * magnify(np.pad(glyph, 1), rows, columns) - 0.25, 0, 1)
    room = max(0, int(FRAME * side) - width)
    places = []
    for across, down in zip(rng.uniform(0, 1, 12), rng.uniform(0.02, 0.85, 12), strict=True):
        left, top = int(across * room), int(down * side)
        left = left if name == "R" else side - left - width
        places.append((slice(top, top + height), slice(left, left + width)))
    # Markers are set where they can be read: the darkest of some places.
    place = min(places, key=lambda where: float(square[where].mean()))
    patch = square[place]
    patch += ink * (rng.uniform(0.85, 1) - patch)
    return out


# In the order in which they are laid over the image.
MARKS: Mapping[Kind, Callable[[Generator, Array, View], Array]] = {
    "tube": tube,
    "contrast": contrast,
    "border": border,
    "letter": letter,
}
