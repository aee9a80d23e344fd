"""Published weights become the network of their authors, images as these give them included."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.models.sources.made_up import FAMILIES, MadeUp, rad_dino, torchvisions
from torch import Tensor

from pleura.errors import InputError
from pleura.models.build import build_backbone
from pleura.models.classifier import Classifier
from pleura.models.sources.layouts import sequential_resnet
from pleura.models.sources.listed import SOURCES
from pleura.models.whole_objects import read_whole


def made(family: str, folder: Path, patch: pytest.MonkeyPatch) -> tuple[str, MadeUp]:
    name, make = FAMILIES[family]
    return name, make(folder, patch)


def colours(size: int) -> Tensor:
    return torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(5))


def features(name: str, its: MadeUp, images: Tensor) -> Tensor:
    loaded = build_backbone(its.backbone, f"{name}@{its.file}", channels=images.shape[1])
    model = Classifier(loaded.backbone, loaded.mean, loaded.std, 2).eval()
    return model.features(images)


@pytest.mark.parametrize("family", FAMILIES)
@torch.no_grad()
def test_features_are_those_of_the_authors_network(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, its = made(family, tmp_path, monkeypatch)
    colour = colours(its.size)
    gray = colour.mean(1, keepdim=True)
    as_gray = its.features(gray.expand(-1, 3, -1, -1))
    # For a network of gray images, colour is the mean of its channels.
    as_colour = as_gray if SOURCES[name].channels == 1 else its.features(colour)
    for images, expected in ((gray, as_gray), (colour, as_colour)):
        scale = expected.abs().max().item()
        assert (expected[0] - expected[1]).abs().max() > 1e-3 * scale
        found = features(name, its, images)
        torch.testing.assert_close(found, expected, rtol=0, atol=2e-4 * scale)


@torch.no_grad()
def test_colours_are_in_order_whatever_stands_before_all_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, its = made("radimagenet resnet", tmp_path, monkeypatch)
    plain = sequential_resnet(torch.load(its.file))
    torch.save({f"module.{key}": each for key, each in plain.items()}, its.file)
    images = colours(its.size)
    expected = its.features(images)
    assert (expected - its.features(images.flip(1))).abs().max() > 1e-3 * expected.abs().max()
    found = features(name, its, images)
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-4 * expected.abs().max().item())


def test_provenance_says_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, its = made("rad-dino", tmp_path, monkeypatch)
    loaded = build_backbone(its.backbone, f"{name}@{its.file}")
    told = loaded.provenance.as_dict()
    assert (told["name"], told["licence"]) == ("rad-dino", "MIT")
    assert told["trained_on"][:2] == ("MIMIC-CXR", "CheXpert")
    assert "not verified" in told["note"]
    assert loaded.size == 518
    assert loaded.mean == pytest.approx((0.5307,))


def test_the_entry_that_tensors_are_taken_from_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, its = made("ark-plus", tmp_path, monkeypatch)

    def note() -> str:
        return build_backbone(its.backbone, f"{name}@{its.file}").provenance.note

    whole = read_whole(its.file, "teacher").tensors
    assert "; from its entry 'teacher'" in note()
    torch.save({"epoch": 50, "state_dict": whole}, its.file)
    assert "; from its entry 'state_dict', there is no 'teacher'" in note()
    torch.save(whole, its.file)
    assert "; from the whole file, there is no 'teacher'" in note()


def test_the_file_of_other_weights_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    its = rad_dino(tmp_path, monkeypatch)
    torchvisions(monkeypatch, "resnet50")
    with pytest.raises(InputError, match=r"takes 3 channels, and that of 'xrv-resnet50-512-all'"):
        torch.save({"conv1.weight": torch.zeros(64, 3, 7, 7)}, tmp_path / "colour.pt")
        build_backbone("resnet50", f"xrv-resnet50-512-all@{tmp_path / 'colour.pt'}")
    without = load_file(its.file)
    del without["encoder.layer.1.attention.attention.key.bias"]
    save_file(without, its.file)
    with pytest.raises(InputError, match=r"blocks.1.attn.qkv.bias: missing in the file"):
        build_backbone(its.backbone, f"rad-dino@{its.file}")
    with pytest.raises(InputError, match=r"are of small_vit.*, not of squeezenet1_0; write"):
        build_backbone("squeezenet1_0", f"rad-dino@{its.file}")
