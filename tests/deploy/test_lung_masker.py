"""Lungs of a bank's images by a model that segments them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pleura.data.bank import Bank, build_bank
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.deploy import lung_masker as module
from pleura.deploy.lung_masker import segmented_lungs
from pleura.deploy.segmenter import Segmenter
from pleura.errors import InputError
from tests.deploy.test_segmenter import Brightness, bright

USUAL = {"pieces": 1, "images": 9, "ranges": {"area": [0.02, 0.4]}}
CARD = {"structures": ["Lungs"], "size": 48, "fit": "crop", "usual": {"Lungs": USUAL}}


@pytest.fixture
def data(tmp_path: Path) -> tuple[Manifest, Bank]:
    """A bright rectangle on dark, an image that is all dark, one that is all bright."""
    pixels, _ = bright(90, 60)
    for name, shown in (("a", pixels), ("b", pixels * 0), ("c", pixels * 0 + np.uint8(220))):
        Image.fromarray(shown).save(tmp_path / f"{name}.png")
    lines = [f"{name}.png,a,{name}" for name in "abc"]
    (tmp_path / "images.csv").write_text("\n".join(["image,label,patient", *lines]))
    manifest = read_manifest(tmp_path / "images.csv")
    return manifest, build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=32)


@pytest.fixture
def masker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return plant(tmp_path / "chest" / "best", CARD, monkeypatch)


def plant(folder: Path, card: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model that takes what is bright for its first structure."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("model.json", "model.safetensors"):
        (folder / name).write_text(str(card))
    segmenter = Segmenter(Brightness(), card)  # type: ignore[arg-type]
    monkeypatch.setattr(module, "load_segmenter", lambda _: segmenter)
    return folder


def test_masks_lie_on_the_banks_images_and_doubts_are_told(
    data: tuple[Manifest, Bank], masker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest, bank = data
    told: list[tuple[int, int]] = []
    done = lambda *counts: told.append(counts)  # noqa: E731
    lungs = segmented_lungs(manifest, bank, np.arange(3), masker, tmp_path / "lungs", done)
    assert lungs.rows.tolist() == [0, 2]
    expected = bank.read(np.array([0]))[0] > 125
    assert 2 * (lungs.masks[0] & expected).sum() / (lungs.masks[0].sum() + expected.sum()) > 0.95
    assert lungs.masks[1].all()
    assert lungs.doubtful.tolist() == [False, True]
    assert lungs.origin == "chest/best"
    assert told == [(1, 3), (2, 3), (3, 3)]

    def refuse(*_: object) -> None:
        raise AssertionError("lungs that are there are not segmented again")

    monkeypatch.setattr(Segmenter, "predictions", refuse)
    again = segmented_lungs(manifest, bank, np.arange(3), masker, tmp_path / "lungs")
    assert again.key == lungs.key
    with pytest.raises(AssertionError):
        segmented_lungs(manifest, bank, np.arange(2), masker, tmp_path / "lungs")
    monkeypatch.undo()


def test_damaged_lungs_are_segmented_again(
    data: tuple[Manifest, Bank], masker: Path, tmp_path: Path
) -> None:
    manifest, bank = data
    first = segmented_lungs(manifest, bank, np.arange(3), masker, tmp_path / "lungs")
    [file] = (tmp_path / "lungs").glob("*.npz")
    file.write_bytes(file.read_bytes()[:50])
    again = segmented_lungs(manifest, bank, np.arange(3), masker, tmp_path / "lungs")
    assert again.key == first.key


def test_a_model_without_lungs_or_usual_ranges_is_refused(
    data: tuple[Manifest, Bank], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest, bank = data
    ribs = CARD | {"structures": ["rib", "heart"]}
    place = plant(tmp_path / "ribs", ribs, monkeypatch)
    with pytest.raises(InputError, match="segments no lungs, but rib, heart"):
        segmented_lungs(manifest, bank, np.arange(3), place, tmp_path)
    place = plant(tmp_path / "old", CARD | {"usual": {}}, monkeypatch)
    with pytest.raises(InputError, match="what masks are usual"):
        segmented_lungs(manifest, bank, np.arange(3), place, tmp_path)
