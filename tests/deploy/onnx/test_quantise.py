"""A model of whole numbers: close to the whole one, and how close is written down."""

import json
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from pleura.cli import app
from pleura.deploy.onnx.export import OnnxOptions, export_onnx
from pleura.deploy.onnx.golden import synthetic_squares
from pleura.deploy.onnx.quantise import Labelled, labels_of, loss_of, no_stand_in
from pleura.deploy.onnx.trace import run, session_of
from pleura.errors import InputError
from tests.deploy.onnx import models


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, and a table of images."""
    folder = tmp_path_factory.mktemp("int8")
    models.save_classifier(folder / "best", models.CLASSES)
    for number, square in enumerate(synthetic_squares(32, 12)):
        Image.fromarray(square).save(folder / f"{number}.png")
    classes = models.CLASSES["classes"]
    rows = [{"image": f"{i}.png", "truth": classes[i % 3] if i else ""} for i in range(12)]
    pd.DataFrame(rows).to_csv(folder / "table.csv", index=False)
    return folder


def test_ranges_of_images_and_what_they_cost(folder: Path) -> None:
    table, out = folder / "table.csv", folder / "static"
    options = ["--int8", "--calibrate", table, "--images", table, "--label", "truth"]
    arguments = ["export", folder / "best", "--onnx", "--out", out, *options]
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exit_code == 0, result.output
    told = json.loads((out / "description.json").read_text(encoding="utf-8"))
    loss = told["int8"]
    assert loss["how"] == "static: weights and maps are whole numbers, in ranges of 12 images"
    assert (loss["images"], loss["on"]) == (12, "images of the user")
    assert set(loss["auroc"]) == {"model", "int8"}
    squares = synthetic_squares(32, 12)
    whole, small = (run(session_of(out / name), squares) for name in told["files"])
    apart = np.abs(whole["probabilities"] - small["probabilities"])
    assert loss["largest_difference"]["probabilities"] == pytest.approx(apart.max(), rel=0.05)
    assert 0 < apart.mean() < 0.2
    assert loss["agreement"]["class"] == (whole["class"] == small["class"]).mean()
    sizes = [told["files"][name]["bytes"] for name in ("model.onnx", "model_int8.onnx")]
    assert sizes[1] < 0.35 * sizes[0]
    nodes = onnx.load(out / "model_int8.onnx").graph.node
    of_bytes = {
        name for node in nodes if node.op_type == "DequantizeLinear" for name in node.output
    }
    layers = [node for node in nodes if node.op_type in ("Conv", "Gemm")]
    small_at = [node.input[1] in of_bytes for node in layers]
    assert not small_at[0]  # sees the image
    assert not small_at[-1]  # makes the logits
    assert all(small_at[1:-1])
    assert "differs on 12 images" in result.output


def test_without_images_maps_are_scaled_as_they_come(folder: Path) -> None:
    out = export_onnx(folder / "best", folder / "dynamic", OnnxOptions(int8=True))
    told = json.loads((out / "description.json").read_text(encoding="utf-8"))["int8"]
    assert told["how"].startswith("dynamic")
    assert told["on"] == "images made by a formula"
    assert "auroc" not in told
    assert told["mean_difference"]["probabilities"] < 0.2


def test_the_loss_is_what_it_is_by_hand() -> None:
    whole = {"probabilities": np.array([[0.9, 0.1], [0.4, 0.6]]), "class": np.array([0, 1])}
    small = {
        "probabilities": np.array([[0.7, 0.3], [0.6, 0.4]], np.float32),
        "class": np.array([0, 0]),
    }
    loss = loss_of(whole, small, ("a", "b"), Labelled(np.array([0, 1])))
    assert loss["mean_difference"]["probabilities"] == pytest.approx(0.2)
    assert loss["agreement"] == {"class": 0.5}
    assert loss["auroc"] == {"model": 1.0, "int8": 1.0}


@pytest.mark.parametrize(
    ("whole", "small", "told"),
    [
        ({"class": [0] * 19 + [1]}, {"class": [0] * 20}, ""),
        ({"class": [0] * 18 + [1] * 2}, {"class": [0] * 20}, "it often answers otherwise"),
        ({"number": [20.0, 40.0, 60.0]}, {"number": [21.0, 39.0, 61.0]}, ""),
        (
            {"number": [20.0, 40.0, 60.0]},
            {"number": [24.5, 44.5, 64.5]},
            "its number is off by 4.5 on average, and those of the model spread by no more than "
            "16.3 (standard deviation)",
        ),
        ({"number": [40.0, 40.0]}, {"number": [40.0, 40.0]}, ""),
    ],
)
def test_a_small_model_that_is_far_off_is_no_stand_in(
    whole: dict[str, list[float]], small: dict[str, list[float]], told: str
) -> None:
    expected, found = (
        {name: np.array(its) for name, its in each.items()} for each in (whole, small)
    )
    assert no_stand_in(loss_of(expected, found, (), Labelled())) == told


def test_labels_are_those_of_the_model(folder: Path) -> None:
    classes = models.CLASSES["classes"]
    labels = labels_of([folder / "table.csv"], "truth", classes).labels
    assert labels is not None
    assert labels.tolist() == [-1, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]
    with pytest.raises(InputError, match="labels that are no classes of the model"):
        labels_of([folder / "table.csv"], "truth", ("normal", "bacterial"))
    with pytest.raises(InputError, match="no column 'trith'; did you mean 'truth'"):
        labels_of([folder / "table.csv"], "trith", classes)
    with pytest.raises(InputError, match="names no labels"):
        labels_of([folder], "truth", classes)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (OnnxOptions(label="truth"), "say --int8"),
        (OnnxOptions(int8=True, label="truth"), "--images"),
        (OnnxOptions(int8=True, likeness=True), "ask for one of them"),
    ],
)
def test_what_makes_no_sense_is_refused(asked: OnnxOptions, told: str, folder: Path) -> None:
    with pytest.raises(InputError, match=told):
        export_onnx(folder / "best", folder / "out", asked)
