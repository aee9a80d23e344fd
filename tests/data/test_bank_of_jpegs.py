"""Large JPEGs in a bank: decoded reduced among themselves, and whole beside other images."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleura.data.bank import DECODER, build_bank, read_for
from pleura.data.readers import read_image
from pleura.files import digest_file, digest_of
from tests.data.stored import picture


@pytest.fixture
def twice_stored(tmp_path: Path) -> list[str]:
    """A JPEG of 1,024 x 1,024 pixels with edges as letters have them, and a PNG of its pixels."""
    pixels = picture(1024, 1024)
    pixels[300:340, 200:800:7], pixels[600:640:5, 200:800], pixels[100:200, 100:900] = 255, 0, 0
    Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=92)
    Image.fromarray(read_image(str(tmp_path / "a.jpg")).pixels).save(tmp_path / "a.png")
    return [str(tmp_path / "a.jpg"), str(tmp_path / "a.png")]


@pytest.mark.parametrize(("size", "most", "mean"), [(96, 40, 2.5), (224, 70, 4.0), (300, 0, 0)])
def test_a_bank_of_jpegs_alone_is_nearly_as_one_of_their_pixels(
    tmp_path: Path, twice_stored: list[str], size: int, most: int, mean: float
) -> None:
    """From four times the size on it is decoded reduced. Measured were 8 and .48, 14 and .77."""
    banks = [build_bank([file], tmp_path / "bank", size=size) for file in twice_stored]
    assert all(bank.reduced for bank in banks)
    jpeg, png = (bank.read(np.arange(1)).astype(int) for bank in banks)
    assert (read_for(twice_stored[0], size).pixels.shape == (1024, 1024)) == (most == 0)
    assert np.abs(jpeg - png).max() <= most
    assert np.abs(jpeg - png).mean() <= mean


@pytest.mark.parametrize("size", [96, 224])
def test_beside_other_files_a_jpeg_gives_the_very_pixels_of_a_png(
    tmp_path: Path, twice_stored: list[str], size: int
) -> None:
    """Otherwise a class that is stored as JPEG is told by that alone: AUROC .76 and .97 of the high
    frequencies of 80 pictures."""
    bank = build_bank([*twice_stored, str(tmp_path / "gone.jpg")], tmp_path / "bank", size=size)
    assert not bank.reduced
    np.testing.assert_array_equal(*bank.read(np.arange(2)))
    again = build_bank(twice_stored, tmp_path / "bank", size=size)
    alone = build_bank(twice_stored[:1], tmp_path / "bank", size=size)
    assert not again.reduced and alone.reduced
    assert np.abs(again.read(np.array([0])).astype(int) - alone.read(np.array([0]))).max() > 0


def test_small_jpegs_beside_others_make_no_bank_new(
    tmp_path: Path, twice_stored: list[str]
) -> None:
    """None is decoded reduced at this size, so that nothing that was finished has to be done again;
    the model still decodes later ones whole."""
    bank = build_bank(twice_stored, tmp_path / "bank", size=300)
    images = [[digest_file(Path(file)), None] for file in twice_stored]
    content = {"decoder": DECODER, "size": 300, "fit": "crop", "images": images}
    assert bank.key == digest_of(content)
    assert not bank.reduced
    assert build_bank(twice_stored, tmp_path / "bank", size=256).key != digest_of(
        {**content, "size": 256}
    )


def test_what_is_a_jpeg_goes_by_its_contents(tmp_path: Path, twice_stored: list[str]) -> None:
    """A PNG that is named `.jpg` is no JPEG, and a missing file is nothing."""
    named = str(Path(twice_stored[1]).rename(tmp_path / "b.jpg"))
    assert not build_bank([twice_stored[0], named], tmp_path / "bank", size=96).reduced
    missing = build_bank([twice_stored[0], str(tmp_path / "c.png")], tmp_path / "bank", size=96)
    assert missing.reduced
