"""Collections made of arrays, without image files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from pleura.data.audit.collection import Collection
from pleura.data.bank import PIXELS, Bank
from pleura.data.manifest import Manifest

SIDE = 64
Square = NDArray[np.uint8]


def chest(seed: int, side: int = SIDE) -> Square:
    """A picture with a bright body, two dark lungs and a heart on the right of the picture, and
    texture of its own."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j] + rng.normal(0, 0.03, (2, 1, 1))
    body = 150.0 * (np.abs(x) < 0.8) * (y > -0.8)
    for centre in (-0.4, 0.4):
        body -= 100 * (((x - centre) / 0.25) ** 2 + ((y + 0.1) / 0.5) ** 2 < 1)
    body += 80 * (((x - 0.2) / 0.25) ** 2 + ((y - 0.2) / 0.3) ** 2 < 1)
    texture = 25 * gaussian_filter(rng.standard_normal((side, side)), 1.5) * 5
    gray: Square = (gaussian_filter(body, 1) + texture + 30).clip(0, 255).astype(np.uint8)
    return gray


def collection_of(
    folder: Path,
    squares: Sequence[Square],
    *,
    labels: Sequence[str] | None = None,
    patients: Sequence[str] | None = None,
    parts: Sequence[str] | None = None,
    videos: Sequence[str] | None = None,
) -> Collection:
    """A collection of square images, each of a patient and of the class `a` unless told."""
    count, size = len(squares), squares[0].shape[0]
    np.stack(squares).tofile(folder / PIXELS)
    names = [f"{row}.png" for row in range(count)]
    digests = [square.tobytes() for square in squares]
    info = pd.DataFrame(
        {"image": names, "width": size, "height": size, "bits": 8, "digest": digests, "error": ""}
    )
    table = pd.DataFrame(
        {
            "image": names,
            "label": labels or ["a"] * count,
            "patient": patients or [f"p{row}" for row in range(count)],
            "video": videos or [""] * count,
            "row": np.arange(count) + 2,
        }
    )
    classes = tuple(sorted(set(table["label"])))
    manifest = Manifest(table, classes, folder / "images.csv")
    split = None if parts is None else np.array(parts)
    bank = Bank(folder, "key", size, "crop", info)
    return Collection(manifest, bank, split)
