"""Tensors out of files that hold whole objects, of which none comes to life."""

import argparse
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from pleura.errors import InputError
from pleura.models.whole_objects import read_whole


class Trap:
    """Runs a command where it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("touch sprung",)


class TouchTrap:
    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("sprung"),)


@pytest.fixture
def network() -> nn.Module:
    inner = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    inner[0].bias.requires_grad_(False)
    return nn.Sequential(inner, nn.Linear(2, 2))


@pytest.mark.parametrize("zipped", [True, False], ids=["archive", "earlier format"])
def test_a_network_is_read_as_its_state_dict(
    network: nn.Module, tmp_path: Path, zipped: bool
) -> None:
    torch.save(network, tmp_path / "w.pt", _use_new_zipfile_serialization=zipped)
    expected = network.state_dict()
    found = read_whole(tmp_path / "w.pt").tensors
    assert list(found) == list(expected)
    assert all(torch.equal(found[key], expected[key]) for key in expected)
    assert not any(tensor.requires_grad for tensor in found.values())


@pytest.mark.parametrize("zipped", [True, False], ids=["archive", "earlier format"])
def test_no_code_of_a_file_is_run(
    network: nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zipped: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    content = {
        "model": network.state_dict(),
        "args": argparse.Namespace(lr=1e-3),
        "first": Trap(),
        "second": [TouchTrap(), {"deep": Trap()}],
        "optimizer": torch.optim.Adam(network.parameters()).state_dict(),
    }
    torch.save(content, "w.pt", _use_new_zipfile_serialization=zipped)
    table = read_whole(Path("w.pt"))
    assert table.entry == "model"
    assert set(table.tensors) == set(network.state_dict())
    assert not Path("sprung").exists()


def test_torchscript_is_refused_before_torch_brings_it_to_life(
    network: nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch counts TorchScript as outdated
        # Torch gives this call no types.
        torch.jit.script(network).save(str(tmp_path / "w.pt"))  # type: ignore[no-untyped-call]
    monkeypatch.setattr(torch.jit, "load", lambda *_, **__: pytest.fail("it is brought to life"))
    with pytest.raises(InputError, match=r"w\.pt: refused, it is a TorchScript program"):
        read_whole(tmp_path / "w.pt")


def test_an_entry_is_taken_by_its_name(network: nn.Module, tmp_path: Path) -> None:
    student = {key: torch.zeros_like(each) for key, each in network.state_dict().items()}
    file = tmp_path / "w.pt"
    torch.save({"state_dict": student, "teacher": network.state_dict()}, file)
    assert read_whole(file, "teacher").tensors["1.weight"].any()
    assert not read_whole(file).tensors["1.weight"].any()
    torch.save(network.state_dict(), file)  # as somebody has saved it anew
    assert read_whole(file, "teacher").tensors["1.weight"].any()


def test_what_holds_no_network_is_told(tmp_path: Path) -> None:
    torch.save({"epoch": 3, "args": argparse.Namespace(a=1)}, tmp_path / "w.pt")
    with pytest.raises(InputError, match="no table of named tensors"):
        read_whole(tmp_path / "w.pt")
    (tmp_path / "w.pt").write_bytes(b"no torch file")
    with pytest.raises(InputError, match="not a readable torch file"):
        read_whole(tmp_path / "w.pt")
