"""Small images for checks: each patient has one of noise of his own, and what is planted."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

SIDE = 40
Cells = dict[str, str]


def noise(seed: int) -> np.ndarray:
    """Smooth noise, (SIDE, SIDE) uint8, another for each seed."""
    coarse = np.random.default_rng(seed).integers(0, 255, (8, 8)).astype(np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def write_images(
    folder: Path,
    patients: int,
    cells: Callable[[int], Cells],
    seeds: Sequence[int] | None = None,
) -> Path:
    """A manifest of one image a patient, in which image `i` is `noise(seeds[i])`; `cells` gives
    further cells by the number of the patient."""
    rows = []
    for number in range(patients):
        name = f"i{number:02d}.png"
        Image.fromarray(noise(seeds[number] if seeds else number)).save(folder / name)
        rows.append({"image": name, "patient": f"p{number}", **cells(number)})
    pd.DataFrame(rows).to_csv(folder / "images.csv", index=False)
    return folder / "images.csv"
