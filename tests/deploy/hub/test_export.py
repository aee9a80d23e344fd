"""A model in a folder for a hub is the model that it was, and tells of no patient."""

import errno
import hashlib
import json
import re
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pleura.cli import app
from pleura.deploy.hub.answers import RISK
from pleura.deploy.hub.export import HubOptions, export_hub
from pleura.deploy.hub.markdown import OPEN
from pleura.deploy.onnx.export import PLAIN as PLAIN_ONNX
from pleura.deploy.package import LEFT_BEHIND, load_model
from pleura.deploy.segmenter import load_segmenter
from pleura.deploy.weights import save_model
from pleura.errors import InputError
from pleura.models.pixel_nets import PixelNetwork
from pleura.tasks.pixels import PixelTraining, train_forest
from tests.conftest import forests_of
from tests.deploy.hub import made
from tests.deploy.onnx import models

FILES = ["README.md", "config.json", "model.safetensors", "study.yaml"]


def bytes_of(folder: Path) -> bytes:
    """All that a folder holds, names of files too."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    return b"\n".join(str(file.relative_to(folder)).encode() + file.read_bytes() for file in files)


def card_of(folder: Path) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((folder / "best" / "model.json").read_text())
    return card


def test_it_predicts_what_it_predicted_at_home(finished: Path, exported: Path) -> None:
    assert sorted(file.name for file in exported.iterdir()) == FILES
    images = [finished.parents[1] / "secret_ward" / made.image(at, 0) for at in range(6)]
    expected = load_model(finished / "best").assess(images).probabilities
    given = load_model(exported).assess(images).probabilities
    np.testing.assert_array_equal(given, expected)
    assert np.ptp(given[:, 0]) > 0.1
    result = CliRunner().invoke(app, ["predict", str(exported), *map(str, images[:2])])
    assert result.exit_code == 0, result.output
    assert images[1].name in result.output


def test_nothing_tells_of_patients_images_or_the_machine(finished: Path, exported: Path) -> None:
    """Names and their digests, keys that hang on rows and images, and places on a disk."""
    content = bytes_of(exported)
    card, split = card_of(finished), json.loads((finished / "split.json").read_text())
    names = [made.patient(at) for at in range(made.PATIENTS)]
    files = [made.image(at, view) for at in range(made.PATIENTS) for view in (0, 1)]
    secrets = [*names, *files, "Zyxwvut", "qpony", "secret_ward", "images.csv"]
    secrets += [card["step"], card["likeness"]["key"], split["hash"], *split["manifest"].values()]
    secrets += [str(finished), str(finished.parent), tempfile.gettempdir(), str(Path.cwd())]
    pixels = [(finished.parents[1] / "secret_ward" / file).read_bytes() for file in files]
    for digest in ("sha256", "sha1", "md5"):
        secrets += [hashlib.new(digest, name.encode()).hexdigest() for name in (*names, *files)]
        secrets += [hashlib.new(digest, each).hexdigest() for each in pixels]
    for entries in finished.glob("bank/*/bank.json"):
        secrets += re.findall(r"[0-9a-f]{16,}", entries.read_text())
    texts = {str(secret) for secret in secrets if isinstance(secret, str) and secret}
    assert len(texts) > 400
    found = [text for text in texts if text.encode() in content or text[:16].encode() in content]
    assert found == []
    known = load_model(finished / "best").likeness
    assert known is not None
    assert known.features.tobytes()[:64] not in content


def test_a_study_file_beside_it_is_that_of_the_study(exported: Path) -> None:
    text = (exported / "study.yaml").read_text(encoding="utf-8")
    assert "manifest: (left out)" in text
    assert "strategy: feature_extraction" in text


def test_without_its_study_the_card_says_what_is_missing(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished / "best", tmp_path / "copied")
    told: list[str] = []
    out = export_hub(tmp_path / "copied", tmp_path / "out", say=told.append)
    assert sorted(file.name for file in out.iterdir()) == FILES[:3]
    text = (out / "README.md").read_text(encoding="utf-8")
    assert text.count("the folder of its study was not at hand") >= 5
    assert "Not told here: cautions of its report" in text
    assert "| Class | AUROC | " in text  # the model itself knows what it reached
    assert f"{text.count(OPEN)} blanks for you" in told[-1]
    again = export_hub(tmp_path / "copied", tmp_path / "with_study", HubOptions(study=finished))
    assert "not at hand" not in (again / "README.md").read_text(encoding="utf-8")


def test_an_unreadable_study_is_told_and_stops_nothing(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "study", ignore=shutil.ignore_patterns("steps", "bank"))
    (tmp_path / "study" / "predictions.csv").write_text("gone")
    out = export_hub(tmp_path / "study" / "best", tmp_path / "out")
    assert "could not be read" in (out / "README.md").read_text(encoding="utf-8")
    with pytest.raises(InputError, match=r"predictions\.csv"):
        named = HubOptions(study=tmp_path / "study")
        export_hub(tmp_path / "study" / "best", tmp_path / "other", named)


def test_onnx_lies_beside_it_with_its_parity_in_the_card(finished: Path, tmp_path: Path) -> None:
    arguments = ["export", finished / "best", "--hub", tmp_path / "out", "--onnx"]
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exit_code == 0, result.output
    assert "\nonnx: differs from torch by" in result.output  # not by the name that it had before
    described = json.loads((tmp_path / "out" / "onnx" / "description.json").read_text())
    worst = max(described["check"]["largest_difference"].values())
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert f"differs from torch by {worst:.1e} at most, on 64 images" in text
    assert made.patient(3).encode() not in bytes_of(tmp_path / "out")


def test_what_flags_strangers_leaves_only_on_request(
    finished: Path, exported: Path, tmp_path: Path
) -> None:
    stranger = np.zeros((1, 32, 32), np.uint8)
    with pytest.warns(UserWarning, match="left its study without") as warned:
        load_model(exported).predict(stranger)
    assert str(warned[0].message) == LEFT_BEHIND
    told: list[str] = []
    out = export_hub(
        finished / "best", tmp_path / "out", HubOptions(likeness=True), say=told.append
    )
    assert told[0] == RISK
    assert RISK in (out / "README.md").read_text(encoding="utf-8")
    home, away = (load_model(place).assess(stranger) for place in (finished / "best", out))
    assert home.distances is not None
    assert away.distances is not None
    np.testing.assert_array_equal(away.distances, home.distances)
    key = card_of(finished)["likeness"]["key"]
    assert key.encode() not in bytes_of(out)


KINDS: dict[str, Any] = {
    "ensemble": lambda at: models.save_classifier(at, models.CLASSES, members=2),
    "findings": lambda at: models.save_classifier(at, models.FINDINGS),
    "number": lambda at: models.save_classifier(at, models.AGE),
    "reverse": models.save_reverse,
    "earlier": lambda at: models.save_classifier(
        at, {name: each for name, each in models.CLASSES.items() if name != "task"}
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_classifiers_of_every_kind(kind: str, tmp_path: Path) -> None:
    home = KINDS[kind](tmp_path / "best")
    out = export_hub(home, tmp_path / "out")
    shown = models.NOISE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected, given = load_model(home).predict(shown), load_model(out).predict(shown)
    np.testing.assert_array_equal(given, expected)
    assert "[to be filled in by you: how good it is" in (out / "README.md").read_text(
        encoding="utf-8"
    ).replace("\\", "")


def test_a_forest_is_told_of_as_the_one_that_is_handed_over(finished: Path, tmp_path: Path) -> None:
    """The study hands over a network in `best`; what is said of a forest is said of the forest."""
    study = tmp_path / "spots"
    shutil.copytree(finished, study, ignore=shutil.ignore_patterns("steps", "bank"))
    runs = pd.read_csv(study / "runs.csv")
    [row] = runs[runs["recipe"] == "pixels: random forest"].to_dict("records")
    random = np.random.default_rng(0)
    pixels = random.random((40, 1024), np.float32)
    with forests_of(5):
        training = PixelTraining(pixels, random.integers(0, 2, 40), 2, seed=0, threads=1)
        network = PixelNetwork.of_forests("classes", 2, [train_forest(training, 1.0)])
    left = ("backbone", "strategy", "weights", "likeness", "at_home")
    card = {name: each for name, each in card_of(finished).items() if name not in left}
    name = str(row["recipe"])
    card |= {"recipe": name, "baseline": name, "step": row["step"], "pixels": network.built}
    save_model(study / "best_pixels", network, card)
    out = export_hub(study / "best_pixels", tmp_path / "out")
    shown = models.NOISE
    home, away = (load_model(place).assess(shown) for place in (study / "best_pixels", out))
    np.testing.assert_array_equal(away.probabilities, home.probabilities)
    text = (out / "README.md").read_text(encoding="utf-8")
    assert "A random forest on 32 x 32 pixels." in text
    assert "A forest remembers pixels of its training images" in text
    assert "Macro AUROC on test patients: " in text
    assert "best/" not in text
    assert "Weights that training began from: none" in text
    with pytest.raises(InputError, match="small pictures of them"):
        export_hub(study / "best_pixels", tmp_path / "other", HubOptions(likeness=True))


def test_a_segmenter(tmp_path: Path) -> None:
    home = models.save_segmenter(tmp_path / "best")
    out = export_hub(home, tmp_path / "out")
    expected = load_segmenter(home).predict(models.NOISE)
    np.testing.assert_array_equal(load_segmenter(out).predict(models.NOISE), expected)
    text = (out / "README.md").read_text(encoding="utf-8")
    assert "pipeline_tag: image-segmentation" in text
    assert "pleura masks out IMAGES" in text
    with pytest.raises(InputError, match="does not tell which images are unlike"):
        export_hub(home, tmp_path / "other", HubOptions(likeness=True))


def test_a_folder_that_holds_something_is_left_alone(finished: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    with pytest.raises(InputError, match="holds files already"):
        export_hub(finished / "best", tmp_path / "full")
    with pytest.raises(InputError, match="is no folder"):
        export_hub(finished / "best", tmp_path / "full" / "mine.txt")
    with pytest.raises(InputError, match="cannot be written: "):
        export_hub(finished / "best", tmp_path / "full" / "mine.txt" / "out")
    assert [file.name for file in (tmp_path / "full").iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    assert (export_hub(finished / "best", tmp_path / "empty") / "README.md").is_file()


def test_where_nothing_may_be_written_it_says_so(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(InputError, match="cannot be written: Permission denied; name a folder"):
        export_hub(finished / "best", tmp_path / "out")


def test_what_fails_leaves_nothing(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pleura.deploy.hub.export.readme_of", fail)
    with pytest.raises(OSError, match="No space"):
        export_hub(finished / "best", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_model_of_the_study_is_refused(finished: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no model"):
        export_hub(finished, tmp_path / "out")
    other = models.save_classifier(tmp_path / "best", models.CLASSES)
    with pytest.raises(InputError, match="not the study that has trained this model"):
        export_hub(other, tmp_path / "out", HubOptions(study=finished))
    with pytest.raises(InputError, match="holds no finished study"):
        export_hub(other, tmp_path / "out", HubOptions(study=tmp_path))
    with pytest.raises(InputError, match="in small letters"):
        export_hub(other, tmp_path / "out", HubOptions(licence="MIT License"))
    assert PLAIN_ONNX.likeness is False
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "--hub DIR"),
        (["--hub", "x", "--onnx", "--out", "y"], "with --hub the ONNX files"),
        (["--onnx", "--licence", "mit"], "say --hub DIR"),
        (["--hub", "x", "--int8"], "say --onnx"),
    ],
)
def test_options_that_do_not_go_together(options: list[str], says: str, finished: Path) -> None:
    result = CliRunner().invoke(app, ["export", str(finished / "best"), *options])
    assert isinstance(result.exception, InputError)
    assert says in str(result.exception)
