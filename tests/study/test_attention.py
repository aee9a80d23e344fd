"""Two networks on simulated X-rays, one of which cheats: what their lungs are worth to them."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from pleura.data.bank import build_bank
from pleura.data.lungs import given_lungs
from pleura.data.made import write_table
from pleura.data.manifest import read_manifest
from pleura.data.phantom.chest_xray import COLUMNS, ChestXRay, Confounder, simulate, write_one
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.evaluate.attention import ATTENTION, attention_means, compare_attention, read_attention
from pleura.evaluate.lungs import CAUSAL, by_lungs
from pleura.study.context import Context
from pleura.study.kinds import attention, fit, outcome
from pleura.study.step import Step
from pleura.tables import read_predictions
from pleura.train.loop import FitSettings
from tests.study.trained import RUN

PATIENTS, SIZE = 150, 64
MARKS: dict[str, list[Confounder]] = {
    "honest": [],
    "cheat": [Confounder("border", {"lobar": 0.97, "normal": 0.03})],
}
GRID = 8  # positions along a side of the last map


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Context]:
    """A network each on the same patients, with and without a black border that goes along with the
    label in training and test. It ends at a map that is fine enough to tell places apart."""
    contexts = {}
    for name, marks in MARKS.items():
        folder = tmp_path_factory.mktemp(name)
        for kind in ("images", "lung_masks", "lesion_masks"):
            (folder / kind).mkdir()
        rows = [
            write_one(folder, f"{patient:03d}", xray(patient, marks), masks=True)
            for patient in range(PATIENTS)
        ]
        rows[0]["lung_mask"] = ""
        contexts[name] = perform(write_table(folder, COLUMNS, rows), folder, name)
    return contexts


def xray(patient: int, marks: Sequence[Confounder]) -> ChestXRay:
    return simulate(
        seed=0,
        patient=patient,
        image=0,
        label=("normal", "lobar")[patient % 2],
        severity=0.8,
        size=SIZE,
        confounders=marks,
    )


def perform(path: Path, folder: Path, recipe: str) -> Context:
    manifest = read_manifest(path)
    bank = build_bank(manifest.table["image"].tolist(), folder / "bank", size=SIZE)
    rule = Rule(test=0.4, validation=0.2, seeds=[1], fractions=[1.0])
    split = make_split(manifest, rule)
    lungs = given_lungs(manifest, bank, split.tested, folder / "masks")
    context = Context(folder, manifest, bank, split, 1, "cpu", lambda *_: None, lungs=lungs)
    settings = FitSettings(epochs=10, min_steps=2, batch_size=16).model_dump(mode="json")
    net = {"backbone": "tf_efficientnet_lite0", "weights": "imagenet", "value": 3e-3}
    how = {"strategy": {"truncation": {"at": "blocks.2"}}, "precision": "fp32"}
    spec = {**RUN, **net, **how, "settings": settings, "augmentation": None, "balanced": False}
    trial = Step("fit", "fit", spec, (fit.__name__,))
    told = {**RUN, "recipe": recipe, "knob": "learning rate"}
    done = Step("outcome", "outcome", told, (outcome.__name__,), (trial,))
    looked = Step("attention", "attention", {}, (attention.__name__,), (done,))
    for step, kind in ((trial, fit), (done, outcome), (looked, attention)):
        kind.perform(step, context)
    attention.collect([looked], context)
    table = read_predictions(done.folder(context.steps) / outcome.PREDICTIONS)
    table.to_csv(folder / "predictions.csv", index=False)
    return context


def test_hiding_the_lungs_catches_the_cheat(studied: dict[str, Context]) -> None:
    """Its AUROC on test is at least as high, but its lungs are worth nothing to it."""
    tables = [read_predictions(context.out / "predictions.csv") for context in studied.values()]
    found = by_lungs(pd.concat(tables), fraction=1.0, reference="honest")
    rows = found.table[found.table["class"] == "macro"].set_index(["recipe", "shown"])
    assert rows["value"]["cheat", "whole"] >= rows["value"]["honest", "whole"] > 0.75
    assert rows["value"]["cheat", "no lungs"] > 0.9
    assert rows["low"]["honest", CAUSAL] > 0
    assert rows["low"]["cheat", CAUSAL] < 0 < rows["high"]["cheat", CAUSAL]
    [compared] = found.compared.to_dict("records")
    assert compared["high"] < 0
    assert compared["p_holm"] < 0.05


def test_the_cheats_heat_maps_lie_less_in_the_lungs(studied: dict[str, Context]) -> None:
    table = pd.concat(read_attention(c.out / "attention.csv") for c in studied.values())
    compared = compare_attention(table, reference="honest")
    assert (compared.loc[compared["measure"] == "inside - area", "difference"] < 0).all()
    [last] = compared[
        (compared["method"] == "Grad-CAM") & (compared["measure"] == "inside - area")
    ].to_dict("records")
    assert last["high"] < 0


def test_the_table_holds_every_test_image_with_lungs(studied: dict[str, Context]) -> None:
    context = studied["honest"]
    table = read_attention(context.out / "attention.csv")
    assert list(table.columns) == list(ATTENTION)
    assert context.lungs is not None
    tested = {context.manifest.name(row) for row in context.lungs.rows}
    predictions = read_predictions(context.out / "predictions.csv")
    hidden = predictions[predictions["part"] == "test_no_lungs"]
    assert len(tested) >= 40
    for method, rows in table.groupby("method"):
        assert sorted(rows["image"]) == sorted(tested) == sorted(hidden["image"]), method
    area = table.set_index("image")["area"]
    for row, mask in zip(context.lungs.rows, context.lungs.masks, strict=True):
        # Places of the common grid overlap a little where it does not divide the image.
        assert np.allclose(area[context.manifest.name(row)], mask.mean(), atol=0.03)
    assert table["inside"].between(0, 1).all()
    assert dict(table.groupby("method")["grid"].first()) == {"HiRes-CAM": 16, "Grad-CAM": GRID}
    assert not attention_means(table).empty


def test_pictures_show_what_was_hidden(studied: dict[str, Context]) -> None:
    folder = studied["cheat"].out / "panels"
    table = pd.read_csv(folder / attention.PANELS)
    assert 2 <= len(table) <= 4
    assert table["patient"].is_unique
    assert sorted(table["file"]) == sorted(path.name for path in folder.glob("*.svg"))
    for file, predicted in zip(table["file"], table["predicted"], strict=True):
        picture = ElementTree.parse(folder / file)
        titles = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
        assert titles == ["Lungs", f"HiRes-CAM: {predicted}", *attention.TITLES.values()]
        assert len(list(picture.iter("{http://www.w3.org/2000/svg}path"))) == 5
