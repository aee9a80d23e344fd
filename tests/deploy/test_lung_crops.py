"""Maskers by which images can be cropped to their lungs, and those by which they cannot."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pleura.data.bank import Bank
from pleura.data.manifest import Manifest
from pleura.data.readers import ReadError
from pleura.data.shortcut_settings import LungCrop
from pleura.deploy import lung_crops as module
from pleura.deploy.lung_crops import LungFinder, find_regions
from pleura.deploy.segmenter import Segmenter
from pleura.errors import InputError
from tests.deploy.test_lung_masker import CARD, data, plant
from tests.deploy.test_segmenter import Brightness, bright

__all__ = ["data"]
CROP = LungCrop(0.1)


def finder(**changes: Any) -> LungFinder:
    return LungFinder(Segmenter(Brightness(), CARD | changes), {}, CROP)  # type: ignore[arg-type]


def test_a_masker_that_does_not_see_all_of_the_images_crops_none(
    data: tuple[Manifest, Bank], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it does not see would count as no lung. The images are of 90 x 60 pixels."""
    for fit in ("crop", "pad"):
        masker = plant(tmp_path / fit, CARD | {"fit": fit}, monkeypatch)
        segmenter = finder(fit=fit).segmenter
        monkeypatch.setattr(module, "load_segmenter", lambda _, its=segmenter: its)
        if fit == "crop":
            with pytest.raises(InputError, match=r"not square.* 3 images of 3.*data\.fit=pad"):
                find_regions(*data, masker, CROP, tmp_path / "lungs")
        else:
            assert len(find_regions(*data, masker, CROP, tmp_path / "lungs").regions) == 3


def test_of_an_image_that_is_not_seen_as_a_whole_no_lungs_are_told() -> None:
    pixels, _ = bright(90, 60)
    with pytest.raises(ReadError, match=r"the array: is not square.*data\.fit: pad"):
        finder()(pixels, 32, None)
    assert finder(fit="pad")(pixels, 32, None).lungs.shape == (32, 32)
    assert finder()(np.ascontiguousarray(pixels[:, :60]), 32, None).lungs.shape == (32, 32)


@pytest.mark.parametrize(
    ("width", "height", "overlooks"),
    [(480, 480, False), (498, 480, False), (500, 480, True), (480, 500, True)],
)
def test_less_than_a_pixel_of_the_masker_at_an_edge_is_nothing(
    width: int, height: int, overlooks: bool
) -> None:
    """It sees 48 pixels, and each is one of 10 x 10 of the image."""
    assert finder().overlooks(width, height) is overlooks
    assert not finder(fit="pad").overlooks(width, height)
