"""Findings, grades and numbers after steps that come before the recipes: a segmentation whose U-Net
becomes a classifier, and learning without labels."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pleura
from pleura.study.run import Result, Study
from tests.networks import SMALL
from tests.study.segmented import NET, masked, write_discs

pytestmark = pytest.mark.usefixtures("small_forests")

TASKS: dict[str, dict[str, Any]] = {
    "findings": {"findings": {"names": ["large", "small"], "separator": "|"}},
    "grades": {"classes": ["small", "large"]},
    "numbers": {"number": {"column": "radius", "unit": "mm"}},
}
OUTPUTS = {"findings": 2, "grades": 2, "numbers": 1}


@pytest.fixture(scope="module", params=TASKS)
def task(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def finished(task: str, tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp(task)
    own, other = write_discs(folder / "own", 18), write_discs(folder / "other", 6, "q", seed=1)
    table = pd.read_csv(own)
    size = np.where(table["label"] == "large", 9, 5) + 0.1 * np.arange(len(table))
    table.assign(radius=size).to_csv(own, index=False)
    alone = {"epochs": 1, "batch_size": 8, "precision": "fp32"}
    step: dict[str, Any] = {"training": {**alone, "min_steps": 2}}
    content = {
        "task": task,
        "question": "what came before",
        "data": {"manifest": str(own), "size": 32, **TASKS[task]},
        "split": {"test": 0.34, "validation": 0.34},
        "seeds": [0],
        "reference": "plain",
        "steps": {
            "discs": {**step, "task": "segmentation", "data": masked(other), "validation": 0.34}
            | {"network": NET, "rate": 1e-2},
            "turned": {"task": "selfsup", "method": "rotation", "training": alone},
            "elsewhere": {"task": "selfsup", "method": "simclr", "training": alone}
            | {"data": {"manifest": str(other), "size": 32}},
        },
        "recipes": {
            "plain": {"backbone": SMALL, "weights": "random"},
            "pretrained": {"backbone": SMALL, "weights": "random"}
            | {"curriculum": ["elsewhere", "turned"]},
            "frozen": {
                "backbone": SMALL,
                "weights": "random",
                "curriculum": ["turned"],
            }
            | {"strategy": "feature_extraction"},
            "reversed": {"network": NET, "weights": "discs", "heads": ["bottleneck", "logits"]},
        },
        **step,
        "tune": {"rates": [1e-3], "penalties": [1.0]},
    }
    return Study.from_objects(content).run(folder / "study")


def test_every_recipe_goes_on_from_its_steps(finished: Result) -> None:
    runs = finished.runs[finished.runs["kind"] == "recipe"]
    chains = dict(zip(runs["recipe"], runs["curriculum"], strict=True))
    assert chains == {
        "plain": "",
        "pretrained": "random > elsewhere > turned",
        "frozen": "random > turned",
        "reversed": "",
    }
    (of_the_unet,) = runs[runs["recipe"] == "reversed"].to_dict("records")
    assert of_the_unet["weights"] == "step discs"
    heads = {json.loads(each["strategy"])["head"] for each in of_the_unet["trials"]}
    assert heads == {"bottleneck", "logits"}
    steps = [path.name.split("-")[0] for path in (finished.folder / "steps").iterdir()]
    assert (steps.count("segment"), steps.count("selfsup")) == (1, 3)


def test_each_is_judged_and_told(finished: Result, task: str) -> None:
    primary = finished.summary[finished.summary["class"].isin(["macro", "all"])]
    assert set(primary["recipe"]) >= {"plain", "pretrained", "frozen", "reversed"}
    assert np.isfinite(primary["value"]).all()
    page = (finished.folder / "report.html").read_text(encoding="utf-8")
    assert 'id="earlier"' in page
    assert 'id="pretraining"' in page


def test_the_model_that_is_handed_over_answers(finished: Result, task: str) -> None:
    images = np.full((2, 32, 32), 90, dtype=np.uint8)
    assert pleura.load(finished.folder / "best").predict(list(images)).shape == (2, OUTPUTS[task])
