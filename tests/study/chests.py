"""Studies of drawn chests with a mark beside the lungs, cropped to them or not."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from PIL import Image
from sklearn.metrics import roc_auc_score

from pleura.deploy.package import Model, load_model
from pleura.study.context import Context
from pleura.study.result import Result
from pleura.study.run import Study
from tests.conftest import without_page
from tests.networks import SMALL

PATIENTS = 24
BLANK = (3, 9, 11)  # patients whose lungs are not seen


def write_chests(folder: Path, seed: int = 0, prefix: str = "") -> Path:
    """Two images a patient with bright lungs in a dark chest; a mark at the upper edge tells the
    class `ill`, and nothing else does. Returns their table."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    rows = []
    for patient in range(PATIENTS):
        for number in range(2):
            down, across = random.integers(-1, 2, 2)
            mask = np.zeros((40, 48), np.uint8)
            mask[12 + down : 34 + down, 10 + across : 22 + across] = 2
            mask[12 + down : 34 + down, 26 + across : 38 + across] = 2
            shown = mask * (patient not in BLANK)
            patches = np.kron(random.normal(0, 18, (10, 12)), np.ones((4, 4)))  # none is alike
            pixels = random.normal(60, 4, mask.shape) + patches + 55 * shown
            if patient % 2:
                pixels[:5] = 255
            name = f"{patient}_{number}.png"
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / name)
            Image.fromarray(mask).save(folder / f"mask_{name}")
            label = "ill" if patient % 2 else "well"
            rows.append((name, label, f"{prefix}{patient}", f"mask_{name}"))
    table = pd.DataFrame(rows, columns=["image", "label", "patient", "core"])
    table.to_csv(folder / "images.csv", index=False)
    seen = table[~table["patient"].isin(map(str, BLANK))]
    seen.to_csv(folder / "seen.csv", index=False)
    return folder / "images.csv"


def content(manifest: Path, lungs: dict[str, Any] | None) -> dict[str, Any]:
    recipe = {"backbone": SMALL, "weights": "random", "strategy": "feature_extraction"}
    return {
        "question": "is there a mark",
        "data": {
            "manifest": str(manifest),
            "size": 32,
            "full_range": [0, 255],
            **({"lungs": lungs} if lungs else {}),
        },
        "split": {"test": 0.34, "validation": 0.3},
        "seeds": [0],
        "reference": "frozen",
        "recipes": {"frozen": recipe},
        "training": {"precision": "fp32"},
        "tune": {"rates": [1e-3], "penalties": [1.0]},
    }


@dataclass(frozen=True)
class Ran:
    """A study that was run: its file, its folder, what came of it, and what was said."""

    file: Path
    folder: Path
    result: Result
    said: list[str]

    @property
    def context(self) -> Context:
        return Study.from_file(self.file).prepare(self.folder).context

    @property
    def model(self) -> Model:
        return load_model(self.folder / "best")

    def auroc_of_forest(self) -> float:
        """Of whole test images, as they are seen."""
        table = pd.read_csv(self.folder / "predictions.csv")
        its = table[table["recipe"].str.contains("forest") & (table["part"] == "test")]
        return float(roc_auc_score(its["label"] == "ill", its["logit_ill"] - its["logit_well"]))


def run(folder: Path, name: str, lungs: dict[str, Any] | None) -> Ran:
    path, out, said = folder / f"{name}.yaml", folder / "runs" / name, list[str]()
    path.write_text(yaml.safe_dump(content(folder / "chests" / "images.csv", lungs)))
    with without_page():
        result = Study.from_file(path).run(out, announce=said.append)
    return Ran(path, out, result, said)
