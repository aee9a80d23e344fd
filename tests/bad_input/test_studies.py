"""Bad study files, weights and arguments: one clear message, nothing half-written, no code run."""

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from pleura.models import torchvision_nets
from tests.bad_input.conftest import Command
from tests.bad_input.spoils import Code, Content, Spoil, assert_refused, left_in, setting, spoiled


def weights(name: str, write: Callable[[Path], object]) -> Spoil:
    def spoil(folder: Path, study: Content) -> None:
        write(folder / name)
        study["recipes"]["net"]["weights"] = name

    return spoil


def truncated_safetensors(path: Path) -> None:
    save_file({"features.0.weight": torch.zeros(64, 3, 3, 3)}, path)
    path.write_bytes(path.read_bytes()[:-100])


def with_no_numbers(path: Path) -> None:
    tensors = torchvision_nets.build("squeezenet1_0").tensors
    state = {name: tensor.detach().clone() for name, tensor in tensors.items()}
    state["features.0.bias"][3] = torch.nan
    torch.save({"model": state}, path)


def with_odd_statistics(path: Path) -> None:
    tensors = torchvision_nets.build("squeezenet1_0").tensors
    save_file({name: tensor.clone() for name, tensor in tensors.items()}, path, {"mean": "gray"})


def truncated_torch(path: Path) -> None:
    torch.save({"features.0.weight": torch.zeros(64, 3, 3, 3)}, path)
    path.write_bytes(path.read_bytes()[:-100])


def study_file(contents: bytes) -> Spoil:
    """Takes effect after study.yaml was written."""
    return lambda folder, study: study.update({"": contents})


STUDIES: dict[str, tuple[Spoil, list[str]]] = {
    "wrong type": (
        setting("data", size="large"),
        ["study.yaml", "data.size: takes a whole number"],
    ),
    "infinite rate": (
        setting("tune", rates=[float("inf")]),
        ["tune.rates: takes a list of 1 to 6, each a number above 0, not inf"],
    ),
    "unknown key": (setting("training", epoch=3), ["training.epoch: unknown key", "'epochs'?"]),
    "binary": (study_file(bytes(range(256))), ["study.yaml: not readable as YAML"]),
    "impossible date": (
        study_file(b"question: 2024-13-45\n"),
        ["study.yaml: not readable as YAML: month must be in 1..12"],
    ),
    "endless nesting": (study_file(b"[" * 2000), ["study.yaml: not readable as YAML"]),
    "empty": (
        study_file(b""),
        ["study.yaml: a study file is a mapping with keys such as question"],
    ),
    "home of nobody": (
        setting("data", manifest="~nobody-at-all/images.csv"),
        ["data.manifest: '~nobody-at-all/images.csv' cannot be a path"],
    ),
    "unknown backbone": (
        lambda folder, study: study["recipes"]["net"].update(backbone="resnet81"),
        ["there is no backbone 'resnet81'"],
    ),
    "unknown backbone of two": (
        lambda folder, study: study["recipes"].update(
            {name: study["recipes"]["net"] | {"backbone": "resnet81"} for name in ("net", "other")}
        ),
        ["recipes.net, other: there is no backbone 'resnet81'"],
    ),
    "unknown strategy": (
        lambda folder, study: study["recipes"]["net"].update(strategy="fine_tunning"),
        ["strategy: there is no 'fine_tunning'; did you mean 'fine_tuning'?"],
    ),
    "weights missing": (
        lambda folder, study: study["recipes"]["net"].update(weights="none.pt"),
        [
            "none.pt'",
            "there is no file",
            "weights are `random`, `imagenet`, a name of `pleura list weights`, or a",
        ],
    ),
    "weights with code": (
        weights("w.pt", lambda path: path.write_bytes(pickle.dumps({"a": Code()}))),
        ["w.pt: refused, it holds more than tensors", "torch.save(model.state_dict(), FILE)"],
    ),
    "torch archive with code": (
        weights("w.pt", lambda path: torch.save({"a": Code()}, path)),
        ["w.pt: refused, it holds more than tensors"],
    ),
    "weights cut off": (
        weights("w.safetensors", truncated_safetensors),
        ["w.safetensors: not a readable safetensors file"],
    ),
    "torch archive cut off": (
        weights("w.pt", truncated_torch),
        ["w.pt: not a readable torch file"],
    ),
    "weights of other shapes": (
        weights("w.pt", lambda path: torch.save({"features.0.weight": torch.zeros(2, 2)}, path)),
        ["w.pt: these weights do not fit squeezenet1_0", "shape (2, 2) in the file"],
    ),
    "weights that are no numbers": (
        weights("w.pt", with_no_numbers),
        ["w.pt: some of these weights are no numbers", "features.0.bias: 1 of 96 values are NaN"],
    ),
    "weights that are a folder": (weights("w.pt", Path.mkdir), ["w.pt'", "there is no file"]),
    "weights of odd statistics": (
        weights("w.safetensors", with_odd_statistics),
        ["w.safetensors: its mean and std must be three numbers each"],
    ),
}


@pytest.mark.parametrize("case", STUDIES)
def test_bad_studies_are_refused(
    case: str, folder: Path, tmp_path: Path, pleura: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    spoil, words = STUDIES[case]
    spoiled(folder, spoil)
    answer = pleura("study", "run", folder / "study.yaml", "--out", tmp_path / "out")
    assert_refused(answer, words)
    assert left_in(tmp_path / "out") <= {".lock"}
    assert not (tmp_path / "was_run").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("study", "run", "none.yaml"), ["none.yaml: there is no such study file"]),
        (("study", "run", "study"), ["study: is a folder, not a study file"]),
        (("study", "report", "study"), ["study"]),
        (("predict", "study", "study/0_0.png"), ["study", "holds no model"]),
        (("study", "run", "study/study.yaml", "--out", "study/study.yaml"), ["study.yaml: cannot"]),
        (("study", "run", "study/study.yaml", "--set", "seeds"), ["write it as key.key=value"]),
        (("study", "run", "study/study.yaml", "--set", "seeds=2024-13-45"), ["--set seeds="]),
    ],
)
def test_bad_arguments_are_refused(
    arguments: tuple[str, ...],
    words: list[str],
    folder: Path,
    pleura: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder.parent)
    before = sorted(folder.parent.rglob("*"))
    assert_refused(pleura(*arguments), words)
    assert sorted(folder.parent.rglob("*")) == before


def test_an_unknown_verb_is_a_usage_error(pleura: Command) -> None:
    code, message = pleura("study", "walk")
    assert code == 2
    assert "No such command 'walk'" in message
