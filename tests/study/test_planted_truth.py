"""Studies on simulated X-rays of known truth: the report tells what was planted."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.regions import by_region
from pleura.simulate.xray.folder import Confounder, write_chest_xrays
from pleura.study.run import Result, Study
from tests.conftest import SMALL_FOREST, forests_of, without_page
from tests.study.exposed import each_chest_exposed_once

LABELS = ("normal", "lobar")
PATIENTS, SIZE = 120, 64
Rows = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(autouse=True, scope="module")
def _forests() -> Iterator[None]:
    """Large enough to find what was planted; no test here looks at clues."""
    with forests_of(SMALL_FOREST), pytest.MonkeyPatch.context() as patch:
        patch.setattr("pleura.tasks.pixels.TREES", 100)
        yield


@pytest.fixture(scope="module")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`plain` patients, and the same with a black border on every image (`marked`)."""
    folder = tmp_path_factory.mktemp("phantom")
    with each_chest_exposed_once():
        for name, marks in (("plain", []), ("marked", [Confounder("border", default=1.0)])):
            write_chest_xrays(
                folder / name,
                patients=PATIENTS,
                size=SIZE,
                labels=LABELS,
                images_per_patient=(1, 1),
                masks=False,
                confounders=marks,
            )
    return folder


def studied(folder: Path, table: pd.DataFrame, out: Path, **also: Any) -> Result:
    """A frozen network and the pixel baselines on the rows of `table`; `also` stands in the study
    file besides."""
    manifest = folder / f"{out.name}.csv"
    table.assign(image="plain/" + table["image"]).to_csv(manifest, index=False)
    recipe: dict[str, Any] = {
        "backbone": "tf_efficientnet_lite0",
        "weights": "imagenet",
        "strategy": "feature_extraction",
    }
    return Study.from_objects(
        {
            "question": "What was planted?",
            "data": {"manifest": str(manifest), "classes": list(LABELS), "size": SIZE},
            "split": {"test": 0.5, "validation": 0.2},
            "reference": "frozen",
            "recipes": {"frozen": recipe},
            "tune": {"rates": [1e-3], "penalties": [1.0]},
            **also,
        }
    ).run(out)


def limits_of(result: Result, shown: str) -> pd.DataFrame:
    """Columns low and high of the macro AUROC, one row a recipe or baseline."""
    found = by_region(result.predictions, fraction=1.0)
    found = found[(found["class"] == "macro") & (found["shown"] == shown)]
    return found.set_index("recipe")[["low", "high"]]


@pytest.fixture(scope="module")
def table(phantom: Path) -> pd.DataFrame:
    return pd.read_csv(phantom / "plain" / "images.csv", dtype={"patient": str})


def test_a_known_effect_is_found_where_it_is(
    phantom: Path, table: pd.DataFrame, tmp_path: Path
) -> None:
    """Severe opacities lie in the lungs: the centre tells them, and the report does not warn."""
    severe = table[(table["label"] == "normal") | (table["severity"] > 0.5)]
    result = studied(phantom, severe, tmp_path / "severe")
    assert (limits_of(result, "centre")["low"] > 0.5).any()
    assert (limits_of(result, "whole")["low"] > 0.5).any()
    assert "as much as the rest or more" not in (result.folder / "report.html").read_text()


def test_shuffled_labels_give_guessing_within_the_interval(
    phantom: Path, table: pd.DataFrame, tmp_path: Path
) -> None:
    labels = np.random.default_rng(0).permutation(table["label"])
    with without_page():
        result = studied(phantom, table.assign(label=labels), tmp_path / "shuffled")
    found = limits_of(result, "whole")
    assert len(found) == 3
    assert ((found["low"] < 0.5) & (found["high"] > 0.5)).all()


@pytest.mark.parametrize("fails", [True, False])
def test_a_device_whose_images_do_not_show_the_sign_is_caught(
    phantom: Path, table: pd.DataFrame, tmp_path: Path, fails: bool
) -> None:
    """The black border is the sign of the label, whatever the lungs look like. Every second patient
    of a label is on a portable device; where it `fails`, it shows no border."""
    labels = np.random.default_rng(1).permutation(table["label"])
    portable = table.groupby(labels).cumcount().to_numpy() % 2 == 1
    shown = (labels == "lobar") & ~(portable & fails)
    images = np.where(shown, "../marked/" + table["image"], table["image"])
    rows = table.assign(label=labels, image=images, device=np.where(portable, "portable", "fixed"))
    result = studied(phantom, rows, tmp_path / "devices", subgroups=["device"])
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    told = "works for device fixed and is not shown to work for device portable"
    assert (f"“frozen” {told}" in page) == fails
    assert (f"It {told}" in page) == fails  # of the model that is handed over
    assert "is shown to do worse for device" not in page


def test_a_model_that_learned_the_border_is_found_out(
    phantom: Path, table: pd.DataFrame, tmp_path: Path
) -> None:
    """Its AUROC looks excellent; lesions tell nothing, since labels are shuffled."""
    labels = np.random.default_rng(1).permutation(table["label"])
    for image in table.loc[labels == "lobar", "image"]:
        shutil.copy(phantom / "marked" / image, phantom / "plain" / image)
    result = studied(phantom, table.assign(label=labels), tmp_path / "border")
    assert (limits_of(result, "whole")["low"] > 0.8).all()
    assert (limits_of(result, "frame")["low"] > 0.8).any()
    assert (limits_of(result, "whole - centre")["low"] > 0.2).all()
    assert "as much as the rest or more" in (result.folder / "report.html").read_text()
