"""A small finished study whose patients and files have names that are found wherever they are."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pleura.study.run import Study
from tests.networks import SMALL

PATIENTS = 24
CONTENT: dict[str, Any] = {
    "question": "Is there a bright spot?",
    "data": {"manifest": "secret_ward/images.csv", "size": 32, "source": "made | for a test"},
    "split": {"test": 0.4, "validation": 0.3},
    "seeds": [0],
    "reference": "frozen",
    "subgroups": ["sex"],
    "recipes": {
        "frozen": {
            "backbone": SMALL,
            "weights": "random",
            "strategy": "feature_extraction",
        }
    },
    "training": {"precision": "fp32"},
    "tune": {"rates": [1e-3], "penalties": [0.1]},
}


def patient(number: int) -> str:
    return f"Zyxwvut {number:02d}"


def image(number: int, view: int) -> str:
    return f"qpony_{number:02d}_{view}.png"


def make_images(folder: Path) -> None:
    """Two images of each of 24 patients; class `b` has a bright spot in the middle."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    rows = []
    for number in range(PATIENTS):
        for view in range(2):
            pixels = random.normal(110, 30, (40, 40))
            if number % 2:
                pixels[13:-13, 13:-13] += 50
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / image(number, view))
            sex = "female" if number % 8 < 5 else "male"
            rows.append([image(number, view), "ab"[number % 2], patient(number), sex])
    with (folder / "images.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "label", "patient", "sex"])
        writer.writerows(rows)


def run_study(folder: Path) -> Path:
    """Run it, and return the folder that it leaves."""
    make_images(folder / "secret_ward")
    content = {**CONTENT, "data": {**CONTENT["data"]}}
    content["data"]["manifest"] = str(folder / "secret_ward" / "images.csv")
    Study.from_objects(content).run(folder / "runs" / "spots")
    return folder / "runs" / "spots"
