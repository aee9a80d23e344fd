"""Where a pixel baseline is the best on validation it is handed over beside the best recipe."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import pleura
from pleura.deploy.explain import Explainer
from pleura.deploy.onnx.export import OnnxOptions, export_onnx
from pleura.deploy.onnx.parity import LIMIT
from pleura.deploy.onnx.trace import run, session_of
from pleura.errors import InputError
from pleura.evaluate.metrics import softmax
from pleura.study.run import Study
from pleura.tables import read_predictions
from pleura.tasks.pixels import FOREST
from tests.conftest import SMALL_FOREST, without_page
from tests.study.studies import content

pytestmark = pytest.mark.usefixtures("small_forests")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A network that hardly trains, on images that have a spot on the left or on the right: the
    mean of a map tells nothing of that."""
    folder, random = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    rows = []
    for patient in range(36):
        pixels = random.normal(90, 25, (40, 40))
        first, top = random.integers(2, 8) + 20 * (patient % 2), random.integers(8, 20)
        pixels[top : top + 12, first : first + 12] += random.integers(30, 90)
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{patient}.png")
        part = "test" if patient >= 24 else "train"
        rows.append([f"{patient}.png", "ab"[patient % 2], f"p{patient}", part])
    table = pd.DataFrame(rows, columns=["image", "label", "patient", "split"])
    table.to_csv(folder / "images.csv", index=False)
    given = content(folder / "images.csv")
    del given["recipes"]["frozen"]
    given["training"] |= {"epochs": 1, "min_steps": 1}
    return given | {"seeds": [0], "fractions": [1.0], "tune": {"rates": [1e-5], "penalties": [0.1]}}


@pytest.fixture(scope="module")
def finished(study: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    told: list[str] = []
    with without_page():
        out = Study.from_objects(study).run(
            tmp_path_factory.mktemp("study") / "out", announce=told.append
        )
    assert any("best_pixels" in line for line in told), told
    return out.folder


def test_it_predicts_what_the_study_has_predicted_of_it(
    finished: Path, study: dict[str, Any]
) -> None:
    model = pleura.load(finished / "best_pixels")
    name = model.card["recipe"]
    assert name.startswith("pixels: ")
    assert model.card["baseline"] == name
    assert model.classes == ("a", "b")
    predictions = read_predictions(finished / "predictions.csv")
    mine = predictions[(predictions["recipe"] == name) & (predictions["part"] == "test")]
    folder = Path(study["data"]["manifest"]).parent
    files = [folder / name for name in mine["image"]]
    assessed = model.assess(files)
    logits = mine[["logit_a", "logit_b"]].to_numpy(float)
    expected = model.calibration.probabilities(logits)
    np.testing.assert_allclose(assessed.probabilities, expected, atol=1e-5)
    assert np.abs(expected - softmax(logits)).max() > 0.01  # it is calibrated
    assert assessed.unlike is not None
    strange = model.assess(np.full((40, 40), 255, np.uint8))
    assert strange.unlike is not None
    assert strange.unlike.all()
    assert pleura.load(finished / "best").card["recipe"] == "full"


def test_it_holds_arrays_and_no_code(finished: Path) -> None:
    names = {file.suffix for file in (finished / "best_pixels").iterdir()}
    assert names == {".json", ".safetensors"}
    card = json.loads((finished / "best_pixels" / "model.json").read_text(encoding="utf-8"))
    if card["baseline"] == FOREST.name:
        assert card["pixels"]["forests"][0]["trees"] == SMALL_FOREST
    assert "backbone" not in card


def test_it_is_exported_as_any_model(finished: Path, tmp_path: Path) -> None:
    squares = np.random.default_rng(3).integers(0, 256, (6, 32, 32), dtype=np.uint8)
    out = export_onnx(finished / "best_pixels", tmp_path / "out")
    given = run(session_of(out / "model.onnx"), squares)
    expected = pleura.load(finished / "best_pixels").assess(squares)
    np.testing.assert_allclose(given["probabilities"], expected.probabilities, atol=LIMIT)
    with pytest.raises(InputError, match="small pictures of them"):
        export_onnx(finished / "best_pixels", tmp_path / "other", OnnxOptions(likeness=True))
    with pytest.raises(InputError, match="no heat maps"):
        Explainer(pleura.load(finished / "best_pixels"))


def test_where_a_recipe_is_better_none_is_left(
    finished: Path, study: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pleura.study import best_pixels

    monkeypatch.setattr(best_pixels, "best_pixels", lambda *_: None)
    with without_page():
        Study.from_objects(study).run(finished)
    assert not (finished / "best_pixels").exists()
    assert pd.read_csv(finished / "runs.csv")["recipe"].str.startswith("pixels").any()
