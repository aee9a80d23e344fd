"""A model of dark images, a folder of images, and `pleura predict` on them."""

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from pleura.cli import app
from pleura.deploy.likeness import channels_of, fit_likeness, logits_and_features
from pleura.deploy.weights import save_model
from pleura.transfer.build import build_model

SPEC = {"backbone": "squeezenet1_0", "strategy": "fine_tuning"}
PIXELS = np.random.default_rng(2).integers(0, 40, (60, 32, 32), dtype=np.uint8)


def save_dark(folder: Path) -> Path:
    """A model that knows dark images; `dark_model` is one for all tests."""
    network = build_model({**SPEC, "weights": "random"}, n_classes=2, seed=4).classifier.eval()
    _, features = logits_and_features(network, torch.from_numpy(PIXELS)[:, None] / 255)
    known = fit_likeness(features[:30], features[30:], channels_of(network.backbone))
    card = {**SPEC, "classes": ["no", "yes"], "size": 32, "fit": "crop"}
    save_model(folder, network, card | {"likeness": known.save(folder, "k")})
    return folder


@pytest.fixture
def model(dark_model: Path, tmp_path: Path) -> Path:
    """A model that knows dark images, as a copy of the test's own."""
    return Path(shutil.copytree(dark_model, tmp_path / "best"))


@pytest.fixture
def deep(model: Path) -> Path:
    """The same model, which takes images of more than 8 bits, too."""
    card = json.loads((model / "model.json").read_text())
    (model / "model.json").write_text(json.dumps({**card, "full_range": None}))
    return model


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with two dark images, one bright and one that is broken."""
    folder = tmp_path / "images"
    (folder / "deep" / ".hidden").mkdir(parents=True)
    Image.fromarray(PIXELS[0]).save(folder / "a.png")
    Image.fromarray(PIXELS[1]).save(folder / "deep" / "b.png")
    Image.fromarray(np.full((32, 32), 230, np.uint8)).save(folder / "deep" / "bright.png")
    (folder / "deep" / "broken.png").write_text("text")
    (folder / "deep" / "notes.txt").write_text("no image")
    Image.fromarray(PIXELS[1]).save(folder / "deep" / ".hidden" / "c.png")
    return folder


def predict(*arguments: object) -> tuple[int, list[dict[str, str]], str]:
    result = CliRunner().invoke(app, ["predict", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, list(csv.DictReader(io.StringIO(result.stdout))), result.stderr
