"""A small study of numbers that can be seen."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.tasks.grades.drawn import draw_images
from tests.tasks.recipes import NET, OF_EACH_KIND


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images of 48 patients of 1,000 to 1,100 years; the older, the brighter the middle. The last
    patient's age is not known, and the sex of half of them."""
    ages = np.random.default_rng(3).uniform(0, 100, 48)
    patients = [(f"{1000 + age:.1f}", 1.2 * age) for age in ages]
    patients[-1] = ("", 0.0)
    path = draw_images(tmp_path_factory.mktemp("numbered"), "age", patients)
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table["sex"] = np.where(table["patient"].str[-1] < "5", "F", "")
    table.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def content(manifest: Path) -> dict[str, Any]:
    return {
        "task": "numbers",
        "question": "how old",
        "data": {"manifest": str(manifest), "size": 32}
        | {"number": {"column": "age", "unit": "years"}},
        "split": {"test": 0.34, "validation": 0.25},
        "seeds": [0, 1],
        "reference": "frozen",
        "recipes": {
            **OF_EACH_KIND,
            "low rank": {**NET, "strategy": {"lora": {"rank": 1}}},
        },
        "training": {"epochs": 2, "min_steps": 2, "batch_size": 8},
        "tune": {"rates": [1e-3], "penalties": [0.1]},
    }
