"""Small studies of and with segmentation, on images of bright discs with their masks."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

NET = {"x_unet": {"width": 2}}


def write_discs(folder: Path, patients: int = 12, prefix: str = "p", seed: int = 0) -> Path:
    """Two frames of one clip a patient; label `large` or `small`; masks: index 1 a disc, 2 its core
    (`mask`), and the core alone (`core`); `spacing` in mm; `bright`, a flag. Returns the table."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for patient in range(patients):
        label = ("small", "large")[patient % 2]
        for frame in range(2):
            mask = _disc(random, radius=5 if label == "small" else 9)
            pixels = random.normal(70, 12, mask.shape) + 60 * (mask > 0) + 50 * (mask == 2)
            name = f"{prefix}{patient}_{frame}"
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{name}.png")
            Image.fromarray(mask).save(folder / f"{name}_mask.png")
            Image.fromarray(np.where(mask == 2, 2, 0).astype(np.uint8)).save(
                folder / f"{name}_core.png"
            )
            rows.append(
                {
                    "image": f"{name}.png",
                    "label": label,
                    "patient": f"{prefix}{patient}",
                    "video": f"{prefix}{patient}",
                    "frame": frame,
                    "mask": f"{name}_mask.png",
                    "core": f"{name}_core.png",
                    "spacing": 0.5,
                    "bright": int(label == "large"),
                }
            )
    with (folder / "images.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder / "images.csv"


def _disc(random: np.random.Generator, radius: int, size: int = 32) -> NDArray[np.uint8]:
    centre = random.integers(radius + 1, size - radius - 1, 2)
    distance = np.hypot(*(np.indices((size, size)) - centre[:, None, None]))
    disc: NDArray[np.uint8] = (distance < radius).astype(np.uint8) + (distance < radius / 2)
    return disc


def masked(manifest: Path) -> dict[str, Any]:
    """The data section of discs and their cores."""
    structures = {"disc": 1, "core": 2}
    return {
        "manifest": str(manifest),
        "size": 32,
        "masks": {"structures": structures, "spacing": "spacing"},
    }


def segmentation(manifest: Path) -> dict[str, Any]:
    """Two recipes at two fractions and two rates; one trains on cores alone."""
    data = masked(manifest)
    data["masks"]["structures"] = {"core": 2}
    return {
        "task": "segmentation",
        "question": "where the cores are",
        "data": data,
        "split": {"test": 0.34, "validation": 0.3},
        "seeds": [0],
        "fractions": [0.6, 1.0],
        "reference": "core",
        "base": {"network": NET, "weights": "random"},
        "recipes": {
            "core": {"masks": {"column": "core", "structures": {"core": 2}}},
            "disc": {"masks": {"structures": {"disc": 1, "core": 2}}, "augmented": False},
        },
        "training": {"epochs": 2, "min_steps": 4, "batch_size": 4, "precision": "fp32"},
        "tune": {"rates": [1e-3, 1e-2]},
    }


def reverse(manifest: Path, other: Path) -> dict[str, Any]:
    """A U-Net learns discs from `other` and becomes a classifier of `manifest`, in two folds."""
    return {
        "question": "is the disc large",
        "data": {"manifest": str(manifest), "size": 32, "flags": {"disc": "bright"}},
        "split": {"folds": 2, "validation": 0.4},
        "seeds": [0],
        "reference": "random",
        "steps": {
            "discs": {
                "task": "segmentation",
                "data": {**masked(other), "source": "drawn", "licence": "CC0"},
                "validation": 0.3,
                "network": NET,
                "rate": 1e-2,
                "training": {"epochs": 2, "min_steps": 8, "batch_size": 8, "precision": "fp32"},
            }
        },
        "base": {"network": NET, "heads": ["bottleneck", "scales"]},
        "recipes": {"random": {"weights": "random"}, "discs": {"weights": "discs"}},
        "training": {"epochs": 2, "min_steps": 4, "batch_size": 8, "precision": "fp32"},
        "tune": {"rates": [1e-3], "penalties": [1.0]},
    }
