"""Images whose middle is the brighter the more there is to tell."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image


def draw_images(
    folder: Path, column: str, patients: Sequence[tuple[str, float]], views: int = 2
) -> Path:
    """A manifest of `views` images of each of the `patients`, of whom it is known what stands in
    `column` and how much brighter (gray values) the middle of their images is."""
    random = np.random.default_rng(0)
    rows = []
    for patient, (told, brighter) in enumerate(patients):
        for view in range(views):
            pixels = random.normal(90, 25, (40, 40))
            pixels[12:28, 12:28] += brighter
            name = f"{patient}_{view}.png"
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / name)
            rows.append([name, told, f"p{patient}"])
    with (folder / "images.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["image", column, "patient"], *rows])
    return folder / "images.csv"
