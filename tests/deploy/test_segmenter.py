"""A segmentation handed over opens elsewhere; its masks lie on the images as they are stored."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from pleura.data.bank import build_bank
from pleura.data.readers import ReadError
from pleura.deploy.package import load_model
from pleura.deploy.segmenter import Segmenter, load_segmenter
from pleura.deploy.weights import save_model
from pleura.errors import InputError
from pleura.models.unet_nets import build_unet
from pleura.tasks.segmentation import predict_masks

NET = {"x_unet": {"width": 2}}
CARD = {
    "task": "segmentation",
    "network": NET,
    "structures": ["disc", "core"],
    "size": 32,
    "fit": "crop",
}


class Brightness(nn.Module):
    """Calls structure 1 what is brighter than the middle."""

    def forward(self, images: Tensor) -> Tensor:
        return torch.cat([0.5 - images, images - 0.5], dim=1) * 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    network = build_unet(NET, "random", 2, seed=4).network
    save_model(tmp_path / "best", network, CARD)
    return tmp_path / "best"


def test_a_notebook_shows_it_in_a_line(folder: Path) -> None:
    assert repr(load_segmenter(folder)) == (
        "Segmenter(structures=['disc', 'core'], size=32, network={'x_unet': {'width': 2}})"
    )


def bright(width: int, height: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A dark image with a bright rectangle, off the centre, and where that is."""
    where = np.zeros((height, width), dtype=np.bool_)
    where[int(0.2 * height) : int(0.5 * height), int(0.3 * width) : int(0.7 * width)] = True
    return np.where(where, 220, 30).astype(np.uint8), where


def test_it_segments_as_the_study_did(folder: Path) -> None:
    random = np.random.default_rng(0)
    files = [str(folder / f"{i}.png") for i in range(3)]
    for file in files:
        Image.fromarray(random.integers(0, 255, (32, 32), dtype=np.uint8)).save(file)
    segmenter = load_segmenter(folder)
    bank = build_bank(files, folder / "bank", size=32)
    network = build_unet(NET, "random", 2, seed=4).network.eval()
    expected = predict_masks(network, bank, np.arange(3), torch.device("cpu"))
    assert len(np.unique(expected)) > 1
    np.testing.assert_array_equal(np.stack(segmenter.predict(files)), expected)
    assert segmenter.structures == ("disc", "core")
    assert segmenter.predict([]) == []


@pytest.mark.parametrize("fit", ["crop", "pad"])
@pytest.mark.parametrize(("width", "height"), [(300, 300), (400, 300), (250, 333), (40, 31)])
def test_a_mask_lies_on_the_whole_image(tmp_path: Path, fit: str, width: int, height: int) -> None:
    pixels, where = bright(width, height)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    card = {"structures": ["bright"], "size": 64, "fit": fit}
    [mask] = Segmenter(Brightness(), card).predict([tmp_path / "a.png"])  # type: ignore[arg-type]
    assert mask.shape == (height, width)
    unseen = mask == 255
    side = min(width, height) ** 2
    assert unseen.sum() == (width * height - side if fit == "crop" else 0)
    both = (mask == 1) & where
    assert 2 * both.sum() / ((mask == 1).sum() + where[~unseen].sum()) > 0.95


def test_a_mask_lies_on_the_upright_image(tmp_path: Path) -> None:
    pixels, where = bright(900, 700)
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90 degrees
    Image.fromarray(np.rot90(pixels)).save(tmp_path / "a.jpg", exif=exif)
    card = {"structures": ["bright"], "size": 64, "fit": "pad"}
    [mask] = Segmenter(Brightness(), card).predict([tmp_path / "a.jpg"])  # type: ignore[arg-type]
    assert mask.shape == (700, 900)
    assert ((mask == 1) == where).mean() > 0.97


def test_what_is_seen_in_a_mirror_is_turned_back(folder: Path) -> None:
    pixels, _ = bright(64, 64)
    card = {"structures": ["bright"], "size": 64, "fit": "crop"}
    given, mirrored = Segmenter(Brightness(), card).probabilities([pixels])  # type: ignore[arg-type]
    np.testing.assert_allclose(given, mirrored, atol=1e-5)
    segmenter = load_segmenter(folder)
    square = np.random.default_rng(1).integers(0, 255, (32, 32), dtype=np.uint8)
    given, mirrored = segmenter.probabilities([square])
    turned, _ = segmenter.probabilities([np.ascontiguousarray(square[:, ::-1])])
    np.testing.assert_allclose(mirrored, turned[..., ::-1], atol=1e-5)
    assert not np.allclose(given, mirrored, atol=1e-3)


def test_misuse_is_named(folder: Path) -> None:
    with pytest.raises(InputError, match="load_segmenter"):
        load_model(folder)
    with pytest.raises(InputError, match="holds no model"):
        load_segmenter(folder.parent)
    network = build_unet(NET, "random", 2, seed=4).network
    save_model(folder.parent / "other", network, {**CARD, "task": "classification"})
    with pytest.raises(InputError, match="holds a classifier"):
        load_segmenter(folder.parent / "other")
    (folder / "broken.png").write_text("text")
    with pytest.raises(ReadError, match=r"broken\.png"):
        load_segmenter(folder).predict([folder / "broken.png"])


def test_it_takes_what_a_classifier_takes(folder: Path) -> None:
    """A name alone, a path, arrays; and a clear message for all else."""
    segmenter = load_segmenter(folder)
    pixels, _ = bright(40, 24)
    file = folder / "a.png"
    Image.fromarray(pixels).save(file)
    [expected] = segmenter.predict([str(file)])
    assert expected.shape == pixels.shape
    given: list[Any] = [str(file), file, pixels, pixels[None], [file, pixels]]
    for images in given:
        for mask in segmenter.predict(images):
            np.testing.assert_array_equal(mask, expected)
    for wrong, told in ((None, "not NoneType"), ([3], "item 0")):
        with pytest.raises(InputError, match=told):
            segmenter.predict(wrong)  # type: ignore[arg-type]
    for name, told in ((str(folder), "is a folder"), ("x", "no such file")):
        with pytest.raises(ReadError, match=f"{name}: {told}"):
            segmenter.predict(name)
