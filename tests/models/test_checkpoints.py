"""Checkpoints of other code bases: entries and prefixes are passed over where one explains all."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from pleura.errors import InputError
from pleura.models.build import LoadedBackbone, build_backbone
from pleura.models.checkpoints import find_prefix, find_table, shared_start

import pleura._torchvision  # noqa: F401  isort: skip
import timm
from torchvision import models

SQUEEZE, LITE = "squeezenet1_0", "tf_efficientnet_lite0"


@pytest.fixture(scope="module")
def states() -> dict[str, dict[str, Tensor]]:
    torch.manual_seed(3)
    net: Any = timm.create_model(LITE, pretrained=False)
    return {SQUEEZE: dict(models.squeezenet1_0().state_dict()), LITE: dict(net.state_dict())}


def load(folder: Path, name: str, content: object) -> LoadedBackbone:
    torch.save(content, folder / "w.pth")
    return build_backbone(name, str(folder / "w.pth"), channels=3)


def assert_same(found: LoadedBackbone, expected: LoadedBackbone) -> None:
    state = expected.backbone.state_dict()
    assert all(torch.equal(v, state[k]) for k, v in found.backbone.state_dict().items())


@pytest.mark.parametrize("name", [SQUEEZE, LITE])
@pytest.mark.parametrize(
    "prefix",
    ["module.", "model.", "encoder_q.", "backbone.", "module.encoder_q.", "model.backbone."],
)
def test_one_prefix_is_passed_over_and_told(
    tmp_path: Path, states: dict[str, dict[str, Tensor]], name: str, prefix: str
) -> None:
    state = states[name]
    expected = load(tmp_path, name, state)
    assert expected.provenance.note == ""
    found = load(tmp_path, name, {f"{prefix}{key}": value for key, value in state.items()})
    assert_same(found, expected)
    assert found.provenance.note == f"names without their prefix '{prefix}'"


@pytest.mark.parametrize(
    ("content", "entry"),
    [
        (lambda state: {"model": state, "optimizer": {"state": {}, "step": 3}}, "model"),
        (lambda state: {"state_dict": state, "epoch": 3}, "state_dict"),
        (lambda state: {"model_state_dict": state, "loss": 0.1}, "model_state_dict"),
        (lambda state: {"model": {"state_dict": state}}, "model.state_dict"),
        (lambda state: {"weights": state}, "weights"),
        (lambda state: {"state_dict": state, "ema": {"decay": torch.ones(1)}}, "state_dict"),
    ],
)
def test_an_entry_is_passed_over_and_told(
    tmp_path: Path, states: dict[str, dict[str, Tensor]], content: Any, entry: str
) -> None:
    found = load(tmp_path, SQUEEZE, content(states[SQUEEZE]))
    assert_same(found, load(tmp_path, SQUEEZE, states[SQUEEZE]))
    assert found.provenance.note == f"from its entry '{entry}'"


def test_momentum_contrast_gives_its_queries(
    tmp_path: Path, states: dict[str, dict[str, Tensor]]
) -> None:
    """Of two encoders in one file that of the queries, which learns; the other one is told."""
    state = states[LITE]
    content = {f"module.encoder_q.{key}": value for key, value in state.items()}
    content |= {f"module.encoder_k.{key}": value * 0 for key, value in state.items()}
    content["module.queue"] = torch.zeros(8, 2)
    # Its own head, two layers in the place of one.
    del content["module.encoder_q.classifier.weight"], content["module.encoder_q.classifier.bias"]
    content["module.encoder_q.classifier.0.weight"] = torch.zeros(8, 1280)
    found = load(tmp_path, LITE, {"state_dict": content, "arch": LITE})
    assert_same(found, load(tmp_path, LITE, state))
    note = found.provenance.note
    assert note.startswith("from its entry 'state_dict'; names without their prefix 'module.enc")
    assert f"{len(state) + 1} tensors beside it left out (module.encoder_k." in note


def test_a_deeper_network_of_the_same_names_is_refused(tmp_path: Path) -> None:
    """ResNet-34 holds all that ResNet-18 needs, in the same shapes, and would be half loaded."""
    deeper = models.resnet34().state_dict()
    for prefix in ("", "module."):
        content = {f"{prefix}{key}": value for key, value in deeper.items()}
        with pytest.raises(InputError, match="do not fit resnet18") as error:
            load(tmp_path, "resnet18", content)
        assert error.value.problems[0].startswith("not in the network: ")


def test_features_alone_may_have_a_prefix(
    tmp_path: Path, states: dict[str, dict[str, Tensor]]
) -> None:
    state = states[SQUEEZE]
    part = {f"module.{k.removeprefix('features.')}": v for k, v in state.items() if "features" in k}
    assert_same(load(tmp_path, SQUEEZE, part), load(tmp_path, SQUEEZE, state))


def test_no_prefix_that_leaves_a_tensor_missing(
    tmp_path: Path, states: dict[str, dict[str, Tensor]]
) -> None:
    state = {f"module.{key}": value for key, value in states[LITE].items()}
    state["conv_stem.weight"] = state.pop("module.conv_stem.weight")
    with pytest.raises(InputError, match="do not fit") as error:
        load(tmp_path, LITE, state)
    lines = error.value.problems
    assert len(lines) <= 5
    assert max(map(len, lines)) < 400


def test_another_network_s_file_is_told_in_a_few_lines(
    tmp_path: Path, states: dict[str, dict[str, Tensor]]
) -> None:
    other = {f"module.{key}": value for key, value in states[LITE].items()}
    with pytest.raises(InputError, match="do not fit squeezenet1_0") as error:
        load(tmp_path, SQUEEZE, other)
    missing = len([key for key in states[SQUEEZE] if key.startswith("features")])
    *kinds, hint = error.value.problems
    assert len(kinds) == 2
    assert kinds[0].startswith(f"not in the network: {len(other)} tensors, module.conv_stem.weight")
    assert kinds[1].startswith(f"missing in the file: {missing} tensors, features.0.weight")
    assert hint.startswith("all names in it begin with 'module.'")


@pytest.mark.parametrize(
    "content",
    [
        [torch.ones(2)],
        {"epoch": 3},
        {"one": {"a": torch.ones(1)}, "other": {"a": torch.ones(1)}},
        {},
    ],
)
def test_no_table_or_no_telling_is_refused(tmp_path: Path, content: object) -> None:
    with pytest.raises(InputError, match="no table of named tensors"):
        load(tmp_path, SQUEEZE, content)


def test_two_prefixes_are_no_telling() -> None:
    names = ["student.a.w", "student.b.w", "teacher.a.w", "teacher.b.w"]
    assert find_prefix(names, ["a.w", "b.w"]) is None
    assert find_prefix([*names, "model.a.w", "model.b.w"], ["a.w", "b.w"]) == "model."
    assert find_prefix(names[:2], ["a.w", "b.w"]) == "student."
    assert find_prefix(names[:3], ["a.w", "b.w"]) == "student."
    assert find_prefix(["a.w", "b.w", "x.a.w", "x.b.w"], ["a.w", "b.w"]) == ""
    assert find_prefix([], ["a.w"]) is None


def test_the_start_that_all_names_share() -> None:
    assert shared_start(["module.net.a.w", "module.net.b"]) == "module.net."
    assert shared_start(["a.w", "b"]) == ""
    assert find_table({"a": torch.ones(1), "b": 3}) is None
