"""Banks of images that are cropped to their lungs."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleura.data.bank import build_bank
from pleura.data.cropped_bank import crop_bank
from pleura.data.lung_crop import LungRegions, Region
from pleura.data.manifest_file import read_manifest
from pleura.data.shortcut_settings import LungCrop
from pleura.errors import InputError


def test_an_image_that_cannot_be_read_again_is_named_and_read_the_next_time(
    tmp_path: Path,
) -> None:
    """It was read for the whole images; its black square is learned from by nobody."""
    for name in "ab":
        Image.fromarray(np.full((20, 20), 200, np.uint8)).save(tmp_path / f"{name}.png")
    (tmp_path / "images.csv").write_text("image,label,patient\na.png,x,1\nb.png,y,2\n")
    manifest = read_manifest(tmp_path / "images.csv")
    bank = build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=8)
    full = Region((0, 0, 1, 1), np.ones((8, 8), np.bool_), found=True)
    regions = LungRegions(LungCrop(0.0), [full, full], np.zeros(2, np.bool_), "chest/best")
    (tmp_path / "b.png").rename(tmp_path / "elsewhere.png")
    with pytest.raises(InputError, match=r"1 image could not be read again(.|\n)*b\.png: ") as told:
        crop_bank(manifest, bank, regions, tmp_path / "cropped")
    assert len(told.value.problems) == 1
    (tmp_path / "elsewhere.png").rename(tmp_path / "b.png")
    cropped = crop_bank(manifest, bank, regions, tmp_path / "cropped")
    assert (cropped.read(np.arange(2)) == 200).all()
