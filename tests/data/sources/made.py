"""Small files of which made-up copies of public sources consist."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image


def image(path: Path, shade: int = 0) -> None:
    """Write an image of 4 x 4 pixels, or, with another ending, a file of a few bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(shade).integers(0, 256, (4, 4), np.uint8)
    if path.suffix in (".png", ".jpg", ".jpeg"):
        Image.fromarray(pixels).save(path)
    else:
        path.write_bytes(pixels.tobytes())


def images(folder: Path, *names: str) -> None:
    for number, name in enumerate(names):
        image(folder / name, number)


def text(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def table(path: Path, rows: Iterable[Mapping[str, str]], delimiter: str = ",") -> None:
    """Write rows as a table with a header; cells with commas are quoted."""
    rows = list(rows)
    lines = [delimiter.join(rows[0])]
    for row in rows:
        cells = (f'"{cell}"' if "," in cell else cell for cell in row.values())
        lines.append(delimiter.join(cells))
    text(path, *lines)
