"""Studies on simulated X-rays of two networks, one of which cheats: the report tells it."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pleura.evaluate.attention import ATTENTION, attention_means, read_attention
from pleura.evaluate.hidden_lungs import CAUSAL, by_lungs
from pleura.simulate.xray.folder import Confounder, simulate, write_one
from pleura.study.run import Result, Study
from pleura.study.steps import attention
from pleura.tables import write_table
from tests.study.exposed import each_chest_exposed_once

pytestmark = pytest.mark.usefixtures("small_forests")

PATIENTS, SIZE = 150, 64
LABELS = ("normal", "lobar")
COLUMNS = ("image", "label", "patient", "lung_mask")
MARKS: dict[str, list[Confounder]] = {
    "honest": [],
    "cheat": [Confounder("border", {"lobar": 0.97, "normal": 0.03})],
}
GRID = 8  # positions along a side of the last map
CAUTION = "The answer hardly needs the lungs"


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """A study each of the same patients, with and without a black border that goes along with the
    label in training and test. Its network ends at a map that is fine enough to tell places
    apart."""
    with each_chest_exposed_once():
        return {name: study(tmp_path_factory.mktemp(name), name) for name in MARKS}


def study(folder: Path, recipe: str) -> Result:
    for kind in ("images", "lung_masks", "lesion_masks"):
        (folder / kind).mkdir()
    rows = []
    for patient in range(PATIENTS):
        xray = simulate(
            seed=0,
            patient=patient,
            image=0,
            label=LABELS[patient % 2],
            severity=0.8,
            size=SIZE,
            confounders=MARKS[recipe],
        )
        row = write_one(folder, f"{patient:03d}", xray, masks=True)
        rows.append({name: row[name] for name in COLUMNS})
    rows[0]["lung_mask"] = ""
    manifest = folder / "images.csv"
    write_table(manifest, pd.DataFrame(rows))
    net = {"backbone": "tf_efficientnet_lite0", "weights": "imagenet"}
    return Study.from_objects(
        {
            "question": "Does it look at the lungs?",
            "data": {
                "manifest": str(manifest),
                "classes": list(LABELS),
                "size": SIZE,
                "lungs": "given",
            },
            "split": {"test": 0.4, "validation": 0.2},
            "seeds": [1],
            "reference": recipe,
            "recipes": {recipe: {**net, "strategy": {"truncation": {"at": "blocks.2"}}}},
            "training": {
                "epochs": 10,
                "min_steps": 2,
                "batch_size": 16,
                "augmentation": None,
                "class_weights": "none",
                "precision": "fp32",
                # Where maps of a network so small and short of training lie hangs on which epoch
                # is kept; this one is known to look at the lungs.
                "batchnorm_images": 0,
            },
            "tune": {"rates": [3e-3], "penalties": [1.0]},
        }
    ).run(folder / "study")


def macro(result: Result) -> pd.DataFrame:
    """Columns value, low and high by what is shown, of the one recipe."""
    table = by_lungs(result.predictions, fraction=1.0, reference="").table
    found: pd.DataFrame = table[table["recipe"].isin(MARKS) & (table["class"] == "macro")]
    return found.set_index("shown")


def test_the_report_catches_the_cheat(studied: dict[str, Result]) -> None:
    """Its AUROC on test looks excellent, and its lungs are worth next to nothing to it."""
    found, page = macro(studied["cheat"]), (studied["cheat"].folder / "report.html").read_text()
    assert found["value"]["whole"] >= 0.9
    assert found["value"]["no lungs"] >= 0.9
    assert f'<li class="serious">{CAUTION}' in page
    assert "above guessing for “cheat”" in page
    assert "Hardly needs the lungs" in page


def test_the_report_accuses_nobody_honest(studied: dict[str, Result]) -> None:
    found, page = macro(studied["honest"]), (studied["honest"].folder / "report.html").read_text()
    assert found["value"]["whole"] > 0.75
    assert found["low"][CAUSAL] > 0
    assert "Needs the lungs" in page
    assert CAUTION not in page
    assert "Hardly needs the lungs" not in page
    assert "A network drew their masks" not in page


def test_honest_heat_maps_lie_in_the_lungs(studied: dict[str, Result]) -> None:
    tables = [read_attention(result.folder / "attention.csv") for result in studied.values()]
    found = attention_means(pd.concat(tables))
    found = found[(found["method"] == "HiRes-CAM") & (found["measure"] == "pointing - area")]
    found = found.set_index("recipe")
    assert found["low"]["honest"] > max(0, found["high"]["cheat"])


def test_the_table_holds_every_test_image_with_lungs(studied: dict[str, Result]) -> None:
    result = studied["honest"]
    table = read_attention(result.folder / "attention.csv")
    assert list(table.columns) == list(ATTENTION)
    predictions = result.predictions[result.predictions["recipe"] == "honest"]
    masked = pd.read_csv(result.folder.parent / "images.csv").set_index("image")["lung_mask"]
    tested = set(predictions.loc[predictions["part"] == "test", "image"])
    tested &= set(masked.dropna().index)
    hidden = predictions[predictions["part"] == "test_no_lungs"]
    assert len(tested) >= 40
    for method, rows in table.groupby("method"):
        assert sorted(rows["image"]) == sorted(tested) == sorted(hidden["image"]), method
    for image, area in table.set_index("image")["area"].items():
        mask = np.asarray(Image.open(result.folder.parent / masked[str(image)])) > 0
        beside = (mask.shape[1] - SIZE) // 2  # a network sees the square in the middle
        mask = mask[:, beside : beside + SIZE]
        # Places of the common grid overlap a little where it does not divide the image.
        assert area == pytest.approx(mask.mean(), abs=0.03)
    assert table["inside"].between(0, 1).all()
    assert dict(table.groupby("method")["grid"].first()) == {"HiRes-CAM": 16, "Grad-CAM": GRID}


def test_pictures_show_what_was_hidden(studied: dict[str, Result]) -> None:
    folder = studied["cheat"].folder / "panels"
    table = pd.read_csv(folder / attention.PANELS)
    assert 2 <= len(table) <= 4
    assert table["patient"].is_unique
    assert sorted(table["file"]) == sorted(path.name for path in folder.glob("attention_*.svg"))
    for file, predicted in zip(table["file"], table["predicted"], strict=True):
        picture = ElementTree.parse(folder / file)
        titles = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
        assert titles == ["Lungs", f"HiRes-CAM: {predicted}", *attention.TITLES.values()]
        assert len(list(picture.iter("{http://www.w3.org/2000/svg}path"))) == 5
