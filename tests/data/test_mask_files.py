"""A mask means the same whatever kind of file it is in, and in whatever column it stands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from pleura.data.bank import build_bank
from pleura.data.lung_regions import COLUMN, given_lungs
from pleura.data.manifest_file import read_manifest
from pleura.data.mask_bank import Masks
from pleura.data.mask_values import MaskError, read_indices
from pleura.data.readers import ReadError
from tests.data.masked import masks_of
from tests.data.stored import picture

SIDE = 20
INDEX = np.zeros((SIDE, SIDE), np.uint8)
INDEX[4:12, 4:9], INDEX[4:12, 12:16] = 1, 2
WHITE_FIRST = np.zeros((3, 256), np.uint16)  # entry 0 is white, 1 and 2 nearly so
WHITE_FIRST[:, :3] = 65535
WHITE_FIRST[0, 1], WHITE_FIRST[1, 2] = 60000, 60000
TWO = {"left": 1, "right": 2}


def png(pixels: NDArray[Any], mode: str | None = None, **options: Any) -> Callable[[Path], str]:
    def write(path: Path) -> str:
        image = Image.fromarray(pixels, mode)
        if mode == "P":
            image.putpalette((WHITE_FIRST >> 8).T.astype(np.uint8).ravel().tolist())
        image.save(path.with_suffix(".png"), **options)
        return path.with_suffix(".png").name

    return write


def png16(pixels: NDArray[Any]) -> Callable[[Path], str]:
    def write(path: Path) -> str:
        data = imagecodecs.png_encode(np.ascontiguousarray(pixels, np.uint16))
        path.with_suffix(".png").write_bytes(data)
        return path.with_suffix(".png").name

    return write


def tiff(pixels: NDArray[Any], **options: Any) -> Callable[[Path], str]:
    def write(path: Path) -> str:
        tifffile.imwrite(path.with_suffix(".tif"), pixels, **options)
        return path.with_suffix(".tif").name

    return write


def npz(pixels: NDArray[Any]) -> Callable[[Path], str]:
    def write(path: Path) -> str:
        np.savez(path.with_suffix(".npz"), masks=pixels[None])
        return f"{path.with_suffix('.npz').name}::masks::0"

    return write


OPACITY = picture(SIDE, SIDE)
RGB = np.dstack([INDEX] * 3)
FILES = {
    "png": png(INDEX),
    "png palette": png(INDEX, "P"),
    "png palette, entry 1 transparent": png(INDEX, "P", transparency=1),
    "png, value 1 transparent": png(INDEX, transparency=1),
    "png colour": png(RGB),
    "png alpha": png(np.dstack([INDEX, OPACITY]), "LA"),
    "png colour and alpha": png(np.dstack([RGB, OPACITY]), "RGBA"),
    "png 16": png16(INDEX),
    "png 16, alpha": png16(np.dstack([INDEX, OPACITY])),
    "png 16, colour": png16(RGB),
    "png 16, colour and alpha": png16(np.dstack([RGB, OPACITY])),
    "tiff": tiff(INDEX),
    "tiff palette": tiff(INDEX, photometric="palette", colormap=WHITE_FIRST),
    "tiff white is 0": tiff(255 - INDEX, photometric="miniswhite"),
    "tiff colour": tiff(RGB, photometric="rgb"),
    "tiff colour and alpha": tiff(
        np.dstack([RGB, OPACITY]), photometric="rgb", extrasamples=["unassalpha"]
    ),
    "tiff 16": tiff(INDEX.astype(np.uint16)),
    "tiff 32": tiff(INDEX.astype(np.int32)),
    "tiff fractions": tiff(INDEX.astype(np.float32)),
    "npz": npz(INDEX),
    "npz int64": npz(INDEX.astype(np.int64)),
    "npz fractions": npz(INDEX.astype(np.float64)),
    "npz colour": npz(RGB),
}
# A 1-bit file has 0 and 255, a JPEG no exact values: what is not 0 belongs to one structure.
ONE = (INDEX > 0) * np.uint8(255)
BLACK_AND_WHITE = {
    **FILES,
    "png 1 bit": png(INDEX > 0),
    "tiff 1 bit": tiff(INDEX > 0, photometric="minisblack"),
    "tiff 1 bit, white is 0": tiff(INDEX == 0, photometric="miniswhite"),
    "npz 1 bit": npz(INDEX > 0),
    "jpeg in tiff": tiff(np.dstack([ONE] * 3), photometric="rgb", compression="jpeg"),
}


@pytest.mark.parametrize("name", FILES)
def test_values_are_the_same_in_every_kind_of_file(tmp_path: Path, name: str) -> None:
    file = FILES[name](tmp_path / "m")
    indices, others = read_indices(Masks(structures=TWO), [str(tmp_path / file)])
    np.testing.assert_array_equal(indices, INDEX)
    assert others == {}


@pytest.mark.parametrize("name", BLACK_AND_WHITE)
def test_every_column_of_masks_means_the_same(tmp_path: Path, name: str) -> None:
    """A column of a structure, `lung_mask`, and `mask` where the values have one name."""
    Image.fromarray(picture(SIDE, SIDE)).save(tmp_path / "a.png")
    file = BLACK_AND_WHITE[name](tmp_path / "m")
    row = [{"image": "a.png", "mask": file, "one": file}]
    expected = INDEX > 0
    by_column = masks_of(tmp_path, row, Masks(columns={"lung": "one"}), size=SIDE)
    found = by_column.read(np.arange(1))[0]
    close = name == "jpeg in tiff"
    assert (found != expected).mean() <= (0.05 if close else 0)
    values = [255] if close else [1, 2, 255]
    by_value = masks_of(tmp_path, row, Masks(structures={"lung": values}), size=SIDE)
    np.testing.assert_array_equal(by_value.read(np.arange(1))[0], found)
    (tmp_path / "images.csv").write_text(f"image,label,patient,{COLUMN}\na.png,x,p,{file}")
    manifest = read_manifest(tmp_path / "images.csv")
    bank = build_bank(list(manifest.table["image"]), tmp_path / "bank", size=SIDE)
    lungs = given_lungs(manifest, bank, np.arange(1), tmp_path / "lungs")
    np.testing.assert_array_equal(lungs.masks[0], found == 1)


@pytest.mark.parametrize(
    "file",
    [
        png(np.dstack([INDEX, INDEX * 0, INDEX])),
        png16(np.dstack([INDEX, INDEX * 0, INDEX])),
        tiff(np.dstack([INDEX, INDEX * 0, INDEX]), photometric="rgb"),
        npz(np.dstack([INDEX, INDEX * 0, INDEX])),
    ],
)
def test_colours_are_refused_in_every_kind_of_file(
    tmp_path: Path, file: Callable[[Path], str]
) -> None:
    with pytest.raises(ReadError, match="colours; a mask needs numbers"):
        read_indices(Masks(structures=TWO), [str(tmp_path / file(tmp_path / "m"))])


@pytest.mark.parametrize("wrong", [0.5, -1.0, 70000.0, np.nan, np.inf])
def test_values_that_are_no_whole_numbers_are_refused(tmp_path: Path, wrong: float) -> None:
    pixels = INDEX.astype(np.float32)
    pixels[0, 0] = wrong
    for file in (tiff(pixels), npz(pixels)):
        with pytest.raises(MaskError, match="no whole numbers from 0 to 65535"):
            read_indices(Masks(structures=TWO), [str(tmp_path / file(tmp_path / "m"))])


def test_a_palette_tiff_shows_8_percent_lung_not_all(tmp_path: Path) -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[8:20, 8:19] = 1
    Image.fromarray(picture(40, 40)).save(tmp_path / "a.png")
    file = tiff(mask, photometric="palette", colormap=WHITE_FIRST)(tmp_path / "m")
    masks = Masks(columns={"lung": "lung"})
    found = masks_of(tmp_path, [{"image": "a.png", "lung": file}], masks, size=40)
    assert (found.read(np.arange(1)) == 1).sum() == 132
