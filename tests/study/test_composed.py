"""Names that a study file writes with accents as characters of their own, as some keyboards and
file systems do, are those of a table that writes each letter as one."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pleura.study.run import Study
from tests.networks import SMALL

NAME, APART = "\u00c9panchement", "E\u0301panchement"
DATA: dict[str, dict[str, Any]] = {
    "findings": {
        "task": "findings",
        "data": {"findings": {"names": [APART], "unknown": {APART: "one"}}},
        "prevalence": {APART: 0.1},
    },
    "columns of findings": {"task": "findings", "data": {"findings": {"names": {"x": APART}}}},
    "numbers": {"task": "numbers", "data": {"number": {"column": APART}}},
    "subgroups": {"subgroups": [APART]},
    "where": {"data": {"where": {APART: ["0", "1"]}}},
    "columns": {"data": {"columns": {"label": APART}}},
    "classes": {"data": {"classes": ["other", APART]}, "prevalence": {APART: 0.2}},
    "labels": {"data": {"classes": ["other", APART], "labels": {NAME: [APART]}}},
    "flags": {"data": {"flags": {"x": APART}}},
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rng = tmp_path_factory.mktemp("composed"), np.random.default_rng(0)
    for image in range(40):
        Image.fromarray(rng.integers(0, 256, (16, 16), np.uint8)).save(folder / f"{image}.png")
    pd.DataFrame(
        {
            "image": [f"{image}.png" for image in range(40)],
            "patient": [f"p{image}" for image in range(40)],
            NAME: np.arange(40) // 2 % 2,
            "label": np.where(np.arange(40) % 2, "other", NAME),
        }
    ).to_csv(folder / "images.csv", index=False)
    return folder / "images.csv"


@pytest.mark.parametrize("what", DATA)
def test_letters_in_two_characters_are_those_of_the_table(
    what: str, table: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    content = {
        "question": "which",
        "split": {"test": 0.3},
        "seeds": [0],
        "reference": "frozen",
        "recipes": {
            "frozen": {"backbone": SMALL, "weights": "random"} | {"strategy": "feature_extraction"}
        },
        **DATA[what],
        "data": {"manifest": str(table), "size": 32, **DATA[what].get("data", {})},
    }
    Study.from_objects(content).prepare(tmp_path / "study", announce=said.append)
    assert not any("left out" in line for line in said)
