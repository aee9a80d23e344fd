"""Findings whose lungs are known: judged with the lungs hidden, and by where heat maps lie."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.metrics import roc_auc_score

from pleura.evaluate.hidden_lungs import by_lungs
from pleura.study.run import Study
from pleura.tables import ELSEWHERE, LUNGS, NO_LUNGS

pytestmark = pytest.mark.usefixtures("small_forests")

INSIDE, OUTSIDE = (slice(10, 22), slice(10, 22)), (slice(30, 38), slice(30, 38))


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Of 60 patients; what is `in` brightens a spot in the lungs, what is `out` one beside them."""
    random = np.random.default_rng(0)
    lungs = np.zeros((40, 40), np.uint8)
    lungs[4:28, 4:36] = 255
    Image.fromarray(lungs).save(tmp_path / "lungs.png")
    rows = []
    for patient in range(60):
        there = random.random(2) < 0.5
        pixels = random.normal(90, 10, (40, 40))
        pixels[INSIDE] += 90 * there[0]
        pixels[OUTSIDE] += 90 * there[1]
        file = f"{patient}.png"
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(tmp_path / file)
        rows.append([file, *there.astype(int), f"p{patient}", "lungs.png"])
    with (tmp_path / "images.csv").open("w", newline="") as table:
        header = ["image", "in", "out", "patient", "lung_mask"]
        csv.writer(table).writerows([header, *rows])
    return tmp_path / "images.csv"


def test_a_finding_beside_the_lungs_does_not_need_them(manifest: Path, tmp_path: Path) -> None:
    data = {
        "manifest": str(manifest),
        "size": 40,
        "lungs": "given",
        "findings": {"names": ["in", "out"]},
    }
    content = {
        "task": "findings",
        "question": "which needs the lungs",
        "data": data,
        "split": {"test": 0.5, "validation": 0.3},
        "seeds": [0],
        "reference": "frozen",
        "recipes": {
            "frozen": {
                "backbone": "tf_efficientnet_lite0",
                "strategy": "feature_extraction",
            }
        },
        "training": {"precision": "fp32"},
        "tune": {"rates": [1e-3], "penalties": [0.1]},
    }
    result = Study.from_objects(content).run(tmp_path / "out")
    table = result.predictions
    mine = table[table["recipe"] == "frozen"].set_index("part")
    assert {NO_LUNGS, ELSEWHERE, LUNGS} <= set(mine.index)

    def auroc(part: str, finding: str) -> float:
        rows = mine.loc[part]
        truth = pd.to_numeric(rows[f"label_{finding}"])
        return float(roc_auc_score(truth, rows[f"logit_{finding}"]))

    assert auroc("test", "in") > 0.9
    assert auroc("test", "out") > 0.9
    assert auroc(NO_LUNGS, "in") < 0.75  # what shows it is hidden
    assert auroc(NO_LUNGS, "out") > 0.8
    assert auroc(LUNGS, "out") < 0.75  # what shows it lies beside the lungs
    judged = by_lungs(table, fraction=1.0, reference="").table
    rows = judged.set_index(["recipe", "class", "shown"]).to_dict("index")
    value = rows["frozen", "in", "no lungs"]["value"]
    assert value == pytest.approx(auroc(NO_LUNGS, "in"), abs=1e-9)
    assert rows["pixels: random forest", "in", "whole - no lungs"]["low"] > 0
    assert rows["pixels: random forest", "out", "whole - no lungs"]["value"] < 0.1
    assert 'id="lungs"' in (result.folder / "report.html").read_text(encoding="utf-8")
