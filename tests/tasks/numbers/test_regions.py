"""A number that the frame of the image tells is found out, on the page and in its cautions."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pleura.evaluate.regions import LOST, by_region_of_numbers
from pleura.report.findings import Estimates, estimates
from pleura.study.run import Result, Study
from pleura.tables import CENTRE, FRAME

pytestmark = pytest.mark.usefixtures("small_forests")
WARNING = "The outer 15 % along every edge tells the number as much as the rest or more"


def drawn(folder: Path, edge: float, middle: float) -> Path:
    """A manifest of two images each of 60 patients, whose age makes the upper edge and the middle
    brighter, by so many gray values at 100 years."""
    random, rows = np.random.default_rng(3), []
    folder.mkdir()
    for patient, age in enumerate(random.uniform(0, 100, 60)):
        for view in range(2):
            pixels = random.normal(90, 25, (40, 40))
            pixels[:5] += edge * age / 100
            pixels[12:28, 12:28] += middle * age / 100
            name = f"{patient}_{view}.png"
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / name)
            rows.append((name, f"{age:.2f}", f"p{patient}"))
    table = pd.DataFrame(rows, columns=["image", "age", "patient"])
    table.to_csv(folder / "images.csv", index=False)
    return folder / "images.csv"


def studied(content: dict[str, Any], folder: Path, **brighter: float) -> Result:
    manifest = str(drawn(folder / "images", **brighter))
    study = {**content, "data": {**content["data"], "manifest": manifest}, "seeds": [0]}
    study["recipes"] = {"frozen": content["recipes"]["frozen"], "full": content["recipes"]["full"]}
    study["training"] = {"epochs": 8, "min_steps": 60, "batch_size": 8, "augmentation": None}
    return Study.from_objects({**study, "split": {"test": 0.5, "validation": 0.2}}).run(
        folder / "study"
    )


def correlations_of(result: Result) -> Estimates:
    """Correlations by recipe and what is shown."""
    return estimates(by_region_of_numbers(result.predictions, fraction=1.0), "recipe", "shown")


def test_a_number_in_the_frame_is_caught(content: dict[str, Any], tmp_path: Path) -> None:
    result = studied(content, tmp_path, edge=120.0, middle=0.0)
    assert {CENTRE, FRAME} < set(result.predictions["part"])
    rows = correlations_of(result)
    trained = [name for name in result.predictions["recipe"].unique() if name != "frozen"]
    for name in trained:  # the network that was trained, and both baselines
        assert rows[name, "frame"].low > 0.7, name
        assert rows[name, LOST].low > 0.4, name
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    assert "Where the answer comes from" in page
    assert "Correlation by the part of the image that is shown" in page
    assert f"{WARNING}, and hiding it costs correlation: " in page
    assert "full (." in page
    assert "AUROC" not in page


def test_a_number_in_the_middle_is_not(content: dict[str, Any], tmp_path: Path) -> None:
    result = studied(content, tmp_path, edge=0.0, middle=120.0)
    rows = correlations_of(result)
    assert rows["full", "centre"].low > 0.7
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    assert "Correlation by the part of the image that is shown" in page
    assert WARNING not in page
    assert "tells the number better than guessing" not in page
