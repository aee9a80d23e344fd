"""A model that leaves the house gives there what it gives here, and tells of no patient."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from PIL import Image
from typer.testing import CliRunner

from pleura.cli import app
from pleura.deploy.onnx.export import PLAIN, OnnxOptions, export_onnx
from pleura.deploy.onnx.parity import LIMIT
from pleura.deploy.onnx.trace import run, session_of
from pleura.deploy.package import load_model
from pleura.deploy.segmenter import load_segmenter
from pleura.errors import InputError, PleuraError
from tests.deploy.onnx import models

FILES = ["description.json", "golden.npz", "model.onnx", "predict.py"]
STRANGERS = models.NOISE
SETS = {**models.SETS, "patients": [[12, 3, 12]]}


def described(folder: Path) -> dict[str, Any]:
    text: dict[str, Any] = json.loads((folder / "description.json").read_text(encoding="utf-8"))
    return text


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ensemble that sees mirror images, with prediction sets."""
    folder = tmp_path_factory.mktemp("models") / "best"
    card = models.CLASSES | {"mirrored": True, "sets": SETS, "question": "Which pneumonia?"}
    card |= {"step": "ab12" * 16, "weights": {"source": "/home/somebody/w.pt", "sha256": "5e" * 32}}
    return models.save_classifier(folder, card, members=2)


@pytest.fixture(scope="module")
def exported(ensemble: Path) -> Path:
    return export_onnx(ensemble, ensemble.parent / "out")


def test_an_ensemble_with_mirror_images_gives_what_it_gives_here(
    ensemble: Path, exported: Path
) -> None:
    assert sorted(file.name for file in exported.iterdir()) == FILES
    model = load_model(ensemble)
    assessed = model.assess(STRANGERS)
    given = run(session_of(exported / "model.onnx"), STRANGERS, batch=3)
    assert list(given) == ["probabilities", "class", "set"]
    np.testing.assert_allclose(given["probabilities"], assessed.probabilities, atol=LIMIT)
    assert np.ptp(assessed.probabilities[:, 0]) > 0.05  # images differ
    np.testing.assert_array_equal(given["class"], assessed.probabilities.argmax(1))
    np.testing.assert_array_equal(given["set"], assessed.sets)
    one = run(session_of(exported / "model.onnx"), STRANGERS[:1])
    np.testing.assert_allclose(one["probabilities"], given["probabilities"][:1], atol=1e-6)


def test_the_description_says_what_was_checked(exported: Path) -> None:
    told = described(exported)
    assert told["use"] == "research software, not a medical device"
    assert told["model"]["question"] == "Which pneumonia?"
    assert told["input"]["shape"] == ["n", 32, 32]
    shapes = {output["name"]: output["shape"] for output in told["outputs"]}
    assert shapes == {"probabilities": ["n", 3], "class": ["n"], "set": ["n", 3]}
    assert told["answers"]["sets"]["coverage"] == 0.9
    assert told["answers"]["calibration"]["temperature"] > 0
    check = told["check"]
    assert check["on"] == "images made by a formula"
    assert check["images"] == 64
    assert 0 <= check["largest_difference"]["probabilities"] <= LIMIT
    opsets = {each.domain: each.version for each in onnx.load(exported / "model.onnx").opset_import}
    assert opsets == {"": told["files"]["model.onnx"]["opset"]}


def test_nothing_tells_of_patients_or_of_the_machine(ensemble: Path, exported: Path) -> None:
    """Features of training images, keys of steps and places on a disk stay where they are."""
    card = load_model(ensemble).card
    secrets = [card["step"], card["likeness"]["key"], "somebody", "site-packages", ".py"]
    secrets += [str(ensemble.parent), str(Path.cwd()), str(Path(models.__file__).parents[3])]
    for file in FILES[:3]:
        content = (exported / file).read_bytes().decode("latin-1")
        # The description names predict.py and the like.
        expected = [".py"] if file == "description.json" else []
        assert [secret for secret in secrets if secret in content] in ([], expected)
    # Each tensor in the graph is one of the two networks, or as small as a table of thresholds.
    with_training = models.PIXELS[:30].size
    graph = onnx.load(exported / "model.onnx").graph
    weights = sum(each.numel() for each in load_model(ensemble).classifier.state_dict().values())
    tensors = sum(int(np.prod(each.dims)) for each in graph.initializer)
    assert tensors < 2 * weights + with_training / 30


def test_likeness_leaves_only_on_request_and_with_a_warning(ensemble: Path) -> None:
    told: list[str] = []
    out = ensemble.parent / "with_likeness"
    export_onnx(ensemble, out, OnnxOptions(likeness=True), say=told.append)
    assert "can find out" in told[0]
    shown = np.concatenate([STRANGERS, models.PIXELS[:3]])
    assessed = load_model(ensemble).assess(shown)
    given = run(session_of(out / "model.onnx"), shown)
    assert assessed.distances is not None
    np.testing.assert_allclose(given["distance"], assessed.distances, rtol=LIMIT)
    np.testing.assert_array_equal(given["unlike"], assessed.unlike)
    assert set(given["unlike"]) == {True, False}


@pytest.mark.parametrize(
    "card",
    [
        models.FINDINGS,
        models.AGE,
        {**models.CLASSES, "strategy": {"truncation": {"at": "middle"}}},
        {**models.CLASSES, "strategy": {"lora": {"rank": 2}}},
        {**models.CLASSES, "backbone": "vit_tiny_patch16_224"},
    ],
    ids=["findings", "number", "truncated", "LoRA", "vit"],
)
def test_other_classifiers(card: dict[str, Any], tmp_path: Path) -> None:
    folder = models.save_classifier(tmp_path / "best", card)
    out = export_onnx(folder, tmp_path / "out")
    assessed = load_model(folder).assess(STRANGERS)
    given = run(session_of(out / "model.onnx"), STRANGERS, batch=4)
    values = given.get("probabilities", given.get("number"))
    assert values is not None
    expected = assessed.probabilities.reshape(values.shape)
    np.testing.assert_allclose(values, expected, atol=LIMIT, rtol=LIMIT)
    if assessed.called is not None:
        np.testing.assert_array_equal(given["called"], assessed.called)
        np.testing.assert_array_equal(given["set"], assessed.sets)


@pytest.mark.parametrize("head", ["scales", "bottleneck"])
def test_a_classifier_that_has_learned_to_segment(head: str, tmp_path: Path) -> None:
    folder = models.save_reverse(tmp_path / "best", head)
    out = export_onnx(folder, tmp_path / "out")
    given = run(session_of(out / "model.onnx"), STRANGERS)["probabilities"]
    np.testing.assert_allclose(
        given, load_model(folder).assess(STRANGERS).probabilities, atol=LIMIT
    )
    with pytest.raises(InputError, match="without features of its training images"):
        export_onnx(folder, tmp_path / "other", OnnxOptions(likeness=True))


def test_a_segmenter_gives_masks(tmp_path: Path) -> None:
    folder = models.save_segmenter(tmp_path / "best")
    out = export_onnx(folder, tmp_path / "out")
    given = run(session_of(out / "model.onnx"), STRANGERS)
    expected = load_segmenter(folder).probabilities(list(STRANGERS))[0]
    np.testing.assert_allclose(given["probabilities"], expected, atol=LIMIT)
    np.testing.assert_array_equal(given["mask"], given["probabilities"].argmax(1))
    assert given["mask"].dtype == np.uint8
    assert described(out)["outputs"][0]["shape"] == ["n", 2, 32, 32]
    with pytest.raises(InputError, match="segments does not tell"):
        export_onnx(folder, tmp_path / "other", OnnxOptions(likeness=True))


def test_it_is_checked_on_images_that_are_named(ensemble: Path, tmp_path: Path) -> None:
    for number, square in enumerate(STRANGERS):
        Image.fromarray(square).save(tmp_path / f"{number}.png")
    arguments = ["export", ensemble, "--onnx", "--out", tmp_path / "out", "--images", tmp_path]
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exit_code == 0, result.output
    assert re.search(r"differs from torch by \S+ at most on 7 images", result.output)
    check = described(tmp_path / "out")["check"]
    assert (check["on"], check["images"]) == ("images of the user", 7)


def test_what_is_there_already_is_left_alone(ensemble: Path, tmp_path: Path) -> None:
    """A model, an earlier export, or another program's network beside its description."""
    (theirs := tmp_path / "theirs").mkdir()
    for name in ("description.json", "theirs.onnx"):
        (theirs / name).touch()
    for full in (ensemble, theirs):
        before = sorted(full.iterdir())
        with pytest.raises(InputError, match="holds files already; name another folder"):
            export_onnx(ensemble, full)
        assert sorted(full.iterdir()) == before
    with pytest.raises(InputError, match="is no folder"):
        export_onnx(ensemble, theirs / "theirs.onnx")


def test_a_wrong_graph_is_not_written(
    ensemble: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pleura.deploy.onnx import graph

    monkeypatch.setattr(graph, "_to_float", lambda images: images.unsqueeze(1).float() / 254)
    with pytest.raises(PleuraError, match=r"differ from those of torch by .*nothing is written"):
        export_onnx(ensemble, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_without_onnx_it_says_what_to_install(
    ensemble: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(PleuraError, match=r"onnxruntime is not installed.*'pleura\[onnx\]'"):
        export_onnx(ensemble, tmp_path / "out", PLAIN)


def test_the_verb_asks_for_a_format(ensemble: Path) -> None:
    result = CliRunner().invoke(app, ["export", str(ensemble)])
    assert isinstance(result.exception, InputError)
    assert "--onnx" in str(result.exception)


def test_the_code_beside_it_runs_without_pleura(exported: Path, tmp_path: Path) -> None:
    """In a process that cannot import pleura or torch, from any folder."""
    Image.fromarray(STRANGERS[0]).resize((90, 70)).save(tmp_path / "a.png")
    code = (
        "import runpy, sys; sys.modules['torch'] = sys.modules['pleura'] = None\n"
        f"runpy.run_path({str(exported / 'predict.py')!r}, run_name='__main__')"
    )
    for arguments in (["--check"], ["a.png"]):
        command = [sys.executable, "-I", "-c", code, *arguments]
        answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    expected = load_model(exported.parent / "best").assess(tmp_path / "a.png").probabilities
    np.testing.assert_allclose([told["probabilities"]], expected, atol=LIMIT)
    assert told["class"] == int(expected.argmax())
