"""Fingerprints of training images: what they tell, and whose they are not."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from typer.testing import CliRunner

from pleura.cli import app
from pleura.errors import InputError
from pleura.external.evaluation import Options, evaluate_model
from pleura.external.fingerprints import read_fingerprints, write_fingerprints
from pleura.external.home import home_of
from tests.external.made import make_study, write_table

NEW = [f"N{at}" for at in range(10)]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def written(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("given") / "training.fingerprints"
    result = CliRunner().invoke(app, ["fingerprints", str(study / "best"), str(path)])
    assert result.exit_code == 0, result.output
    return path


@pytest.fixture
def alone(study: Path, tmp_path: Path) -> Path:
    """The model as another place has it."""
    model = tmp_path / "model"
    model.mkdir()
    for path in (study / "best").iterdir():
        (model / path.name).write_bytes(path.read_bytes())
    return model


def test_they_are_of_the_images_that_were_learned_from(written: Path) -> None:
    # Two images of each of eight patients who train, and of eight who validate.
    signs = read_fingerprints(written)
    assert signs.shape == (32, 1024)
    assert set(np.unique(signs)) == {-1, 1}


def test_they_are_of_the_images_that_calibrated_it_too(study: Path, tmp_path: Path) -> None:
    home = home_of(study / "best", json.loads((study / "best" / "model.json").read_text()))
    assert home is not None
    [(bank, parts)] = home.banks
    aside = np.where(parts == "test", "sets", parts).astype(object)
    home = replace(home, banks=((bank, aside),))
    assert write_fingerprints(home, tmp_path / "training.fingerprints") == 48


def test_a_copy_is_refused_elsewhere_mirrored_and_saved_again(
    study: Path, alone: Path, written: Path, tmp_path: Path
) -> None:
    table = write_table(tmp_path / "new", NEW, seed=3)
    copied = Image.open(study.parent / "home" / "4_0.png")
    ImageOps.mirror(copied).save(table.parent / "7_1.png")
    with pytest.raises(InputError, match="fingerprint of an image that trained") as told:
        evaluate_model(alone, table, tmp_path / "out", Options(fingerprints=written))
    assert "row 17 (7_1.png)" in str(told.value)
    assert "mirrored left to right" in str(told.value)
    assert "1 row of 20" in str(told.value)


def test_others_and_those_who_tested_are_not_found(
    study: Path, alone: Path, written: Path, tmp_path: Path
) -> None:
    table = write_table(tmp_path / "new", NEW, seed=3)
    tested = study.parent / "home" / "20_0.png"
    (table.parent / "7_1.png").write_bytes(tested.read_bytes())
    evaluation = evaluate_model(alone, table, tmp_path / "out", Options(fingerprints=written))
    assert "fingerprints of 32 training images" in evaluation.page.read_text()


def test_another_file_is_told(alone: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "new", NEW, seed=3)
    wrong = tmp_path / "wrong"
    wrong.write_text("nothing")
    with pytest.raises(InputError, match="no fingerprints of `pleura fingerprints`"):
        evaluate_model(alone, table, tmp_path / "out", Options(fingerprints=wrong))
