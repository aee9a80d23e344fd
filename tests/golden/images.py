"""Images of the golden studies, drawn with numpy and written without pleura's help, so that they
stay the same whatever changes there: bright discs with masks, in the formats that are read."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

FORMATS = ("png", "16.png", "tif", "jpg")  # by patient in turn; TIFF holds 16 bits, too


def write_images(folder: Path) -> None:
    """Write `discs/images.csv`, a set with labels and masks, and `others/images.csv`, more of the
    same kind from other patients, into `folder`; what is there already is left."""
    for name, patients, seed in (("discs", 32, 0), ("others", 12, 1)):
        if not (folder / name / "images.csv").exists():
            _write_discs(folder / name, patients, seed)


def _write_discs(folder: Path, patients: int, seed: int) -> None:
    """Two frames of one clip a patient, 40 x 48 pixels, label `large` or `small`.

    Masks: 1 a disc, 2 its core (`mask`), or the core alone (`core`); `lung_mask` is a box about the
    disc. `bright` flags large discs; `split` tests the last third; `source` is a or b.
    """
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for patient in range(patients):
        label, kind = ("small", "large")[patient % 2], FORMATS[patient // 2 % len(FORMATS)]
        for frame in range(2):
            mask, lung = _disc(random, radius=6 if label == "small" else 10)
            pixels = random.normal(80, 25, mask.shape) + 40 * (mask > 0) + 30 * (mask == 2)
            name = f"{seed}_{patient:02d}_{frame}"
            image = f"{name}.{kind}"
            _save(pixels.clip(0, 255) / 255, folder / image)
            Image.fromarray(mask).save(folder / f"{name}_mask.png")
            Image.fromarray(np.where(mask == 2, mask, 0)).save(folder / f"{name}_core.png")
            Image.fromarray(lung).save(folder / f"{name}_lung.png")
            rows.append(
                {
                    "image": image,
                    "label": label,
                    "patient": f"{'dx'[seed]}{patient}",
                    "video": f"{'dx'[seed]}{patient}",
                    "frame": frame,
                    "source": "ab"[patient // 2 % 2],
                    "split": "test" if patient >= patients * 5 // 8 else "train",
                    "mask": f"{name}_mask.png",
                    "core": f"{name}_core.png",
                    "lung_mask": f"{name}_lung.png",
                    "spacing": 0.5,
                    "bright": int(label == "large"),
                }
            )
    with (folder / "images.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _disc(random: np.random.Generator, radius: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A disc of index 1 with a core of 2, and 255 in the box about it, each (40, 48)."""
    centre = random.integers(radius + 4, 36 - radius, 2)
    distance = np.abs(np.indices((40, 48)) - centre[:, None, None])
    far = np.hypot(*distance)
    lung = 255 * (distance.max(axis=0) < radius + 2)
    return (far < radius).astype(np.uint8) + (far < radius / 2), lung.astype(np.uint8)


def _save(shares: NDArray[np.float64], path: Path) -> None:
    """Write an image whose values from 0 to 1 are shares of white."""
    if path.suffix == ".tif":
        tifffile.imwrite(path, np.round(65535 * shares).astype(np.uint16))
    elif path.name.endswith("16.png"):
        Image.fromarray(np.round(65535 * shares).astype(np.uint16)).save(path)
    else:
        Image.fromarray(np.round(255 * shares).astype(np.uint8)).save(path)
