"""Two small finished studies, in which the examples of docstrings run."""

import atexit
import contextlib
import functools
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from pleura.simulate.xray.folder import write_chest_xrays
from pleura.study.run import Study
from tests.conftest import SMALL_FOREST, forests_of, without_page
from tests.networks import SMALL

SHARED: dict[str, Any] = {
    "split": {"test": 0.3, "validation": 0.3},
    "seeds": [0],
    "training": {"epochs": 1, "min_steps": 2, "batch_size": 16, "precision": "fp32"},
}
CLASSES: dict[str, Any] = SHARED | {
    "question": "Is there lobar pneumonia?",
    "data": {"manifest": "images.csv", "classes": ["normal", "lobar"], "size": 32},
    "reference": "scratch",
    "base": {"backbone": SMALL, "weights": "random"},
    "recipes": {"scratch": {}, "frozen": {"strategy": "feature_extraction"}},
    "tune": {"rates": [1e-3], "penalties": [0.1]},
}
LUNGS: dict[str, Any] = SHARED | {
    "task": "segmentation",
    "question": "Where are the lungs?",
    "data": {
        "manifest": "images.csv",
        "masks": {"column": "lung_mask", "structures": {"lung": 255}},
        "size": 32,
    },
    "reference": "U-Net",
    "recipes": {"U-Net": {"network": {"x_unet": {"width": 2}}, "weights": "random"}},
    "tune": {"rates": [1e-3]},
}


def write_examples(folder: Path) -> None:
    """Write into a folder what examples name: the images `a.png` and `b.png`, a table, two study
    files, and what the studies have left in `runs`."""
    write_chest_xrays(folder, patients=32, size=48, seed=0)
    images = sorted((folder / "images").glob("*.png"))
    for name, image in zip(("a.png", "b.png"), images, strict=False):
        shutil.copy(image, folder / name)
    _write_clinic(folder)
    with contextlib.chdir(folder), forests_of(SMALL_FOREST), without_page():
        for name, content in (("my_study", CLASSES), ("lungs", LUNGS)):
            Path(f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
            Study.from_file(f"{name}.yaml").run(f"runs/{name}")
        shutil.copytree("runs/my_study", "runs/next_year")


def _write_clinic(folder: Path) -> None:
    """Write `clinic_b.csv`, labelled images of other patients, and `asked.csv`, their names."""
    write_chest_xrays(folder / "clinic_b", patients=32, size=48, seed=1)
    table = pd.read_csv(folder / "clinic_b" / "images.csv", dtype=str)
    table = table[table["label"].isin(CLASSES["data"]["classes"])]
    table = table.assign(
        image="clinic_b/" + table["image"], patient="clinic B, " + table["patient"]
    )
    table[["image", "label", "patient"]].to_csv(folder / "clinic_b.csv", index=False)
    table[["patient"]].to_csv(folder / "asked.csv", index=False)


@functools.cache
def example_folder() -> Path:
    """A folder of examples that lasts as long as Python, for the doctest builder of the site."""
    folder = Path(tempfile.mkdtemp(prefix="pleura-examples-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_examples(folder)
    return folder
