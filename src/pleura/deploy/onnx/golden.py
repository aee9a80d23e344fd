"""Images made by a formula, which no patient is in, and what an exported model makes of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pleura.data.bank_file import Square
from pleura.data.depth import KEY
from pleura.deploy.inputs import see
from pleura.deploy.onnx.trace import Outputs
from pleura.files import write_atomically

FILE = "golden.npz"
SEED = 0
# Height and width as parts of the square's side: what is enlarged, reduced, and reduced so far that
# Pillow averages first.
SHAPES = ((0.5, 0.7), (1.0, 1.0), (1.7, 1.3), (4.3, 7.1))
COARSE = 5  # corners of the smooth fields that images are made of
PLAIN = 4  # squares without a picture: black, white, noise, a smooth field


def pictures(card: Mapping[str, Any]) -> list[NDArray[Any]]:
    """Gray pictures (h, w) of several sizes, uint8; a last one is uint16 where the model of a
    `card` takes such. None where it takes the sector of ultrasound, which they have not."""
    if (card.get("frames") or {}).get("sector"):
        return []
    size, random = card["size"], np.random.default_rng(SEED)
    made: list[NDArray[Any]] = [
        _to_bytes(_field(max(1, round(size * h)), max(1, round(size * w)), random))
        for h, w in SHAPES
    ]
    given = card.get(KEY, "")
    black, white = given if isinstance(given, list) else (0, 65535)
    if KEY in card and 0 <= black < white <= 65535:
        field = _field(round(size * 1.3), round(size * 2.1), random)
        made.append((black + field * (white - black)).astype(np.uint16))
    return made


def synthetic_squares(size: int, number: int, seed: int = SEED) -> Square:
    """Squares (number, size, size) uint8: black, white, noise, then smooth fields with noise."""
    random = np.random.default_rng(seed)
    made = [np.zeros((size, size)), np.ones((size, size)), random.random((size, size))]
    while len(made) < number:
        noise = random.random() * random.normal(0, 0.2, (size, size))
        made.append(np.clip(_field(size, size, random) + noise, 0, 1))
    return np.stack([_to_bytes(each) for each in made[:number]])


def golden_inputs(card: Mapping[str, Any]) -> tuple[list[NDArray[Any]], Square]:
    """Pictures, and squares (n, size, size) uint8: first those that the pictures become."""
    given = pictures(card)
    squares = [see(picture, card)[0] for picture in given]
    return given, np.stack([*squares, *synthetic_squares(card["size"], PLAIN, SEED + 1)])


def write_golden(folder: Path, given: list[NDArray[Any]], squares: Square, outs: Outputs) -> None:
    """Write `golden.npz`: `picture_0` and so on, `squares`, and each output by its name."""
    named: dict[str, Any] = {f"picture_{number}": each for number, each in enumerate(given)}
    named |= {"squares": squares, **outs}
    with write_atomically(folder / FILE) as temporary:
        np.savez_compressed(temporary, **named)


def _field(height: int, width: int, random: np.random.Generator) -> NDArray[np.float64]:
    """A smooth field (h, w) from 0 to 1."""
    coarse = Image.fromarray(random.random((COARSE, COARSE), dtype=np.float32))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float64)
    spread = smooth.max() - smooth.min()
    return np.asarray((smooth - smooth.min()) / (spread or 1.0))


def _to_bytes(values: NDArray[np.float64]) -> Square:
    return np.rint(values * 255).astype(np.uint8)
