import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from tests.data.readers.contract import GRADIENT, ReaderContract

from pleura.data.readers import ReadError, read_image
from pleura.data.readers.tiff import TiffReader

FINE = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) * 20


class TestTiff(ReaderContract):
    reader = TiffReader()
    suffix = ".tif"

    def write(self, path: Path, pixels: NDArray[np.uint8]) -> str:
        tifffile.imwrite(path, pixels, rowsperstrip=8)
        return str(path)


class TestTiffOf32Bits(ReaderContract):
    reader = TiffReader()
    suffix = ".tif"
    bits = 32

    def write(self, path: Path, pixels: NDArray[np.uint8]) -> str:
        tifffile.imwrite(path, pixels.astype(np.float32), rowsperstrip=8)
        return str(path)


def roundtrip(tmp_path: Path, pixels: NDArray[Any], **options: Any) -> NDArray[Any]:
    tifffile.imwrite(tmp_path / "a.tiff", pixels, **options)
    return read_image(str(tmp_path / "a.tiff")).pixels


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "packbits", "zstd"])
@pytest.mark.parametrize("tile", [None, (16, 16)])
def test_16_bits_compressed(
    tmp_path: Path, compression: str | None, tile: tuple[int, int] | None
) -> None:
    pixels = roundtrip(tmp_path, FINE, compression=compression, tile=tile)
    assert pixels.dtype == np.uint16
    np.testing.assert_array_equal(pixels, FINE)


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_16_bit_rgb_is_luma(tmp_path: Path, planar: str) -> None:
    colour = np.stack([FINE, FINE // 2, FINE // 4], axis=-1 if planar == "contig" else 0)
    pixels = roundtrip(tmp_path, colour, photometric="rgb", planarconfig=planar)
    expected = FINE * 0.299 + FINE // 2 * 0.587 + FINE // 4 * 0.114
    np.testing.assert_allclose(pixels, expected, atol=1)


@pytest.mark.parametrize("pixels", [GRADIENT, FINE])
def test_white_is_zero_is_inverted(tmp_path: Path, pixels: NDArray[Any]) -> None:
    inverted = np.iinfo(pixels.dtype).max - pixels
    read = roundtrip(tmp_path, inverted, photometric="miniswhite")
    np.testing.assert_array_equal(read, pixels)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int16", "uint32"])
def test_other_numbers_become_float32(tmp_path: Path, dtype: str) -> None:
    signed = (GRADIENT.astype(np.int64) - (0 if dtype == "uint32" else 40)).astype(dtype)
    pixels = roundtrip(tmp_path, signed)
    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(pixels, signed.astype(np.float32))


def test_one_bit(tmp_path: Path) -> None:
    pixels = roundtrip(tmp_path, GRADIENT > 90, photometric="minisblack")
    np.testing.assert_array_equal(pixels, np.where(GRADIENT > 90, 255, 0))


def test_palette(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(255, -1, -1, dtype=np.uint16) * 257, (3, 1))
    pixels = roundtrip(tmp_path, GRADIENT, photometric="palette", colormap=ramp)
    np.testing.assert_array_equal(pixels, 255 - GRADIENT)


def test_alpha_lies_on_black(tmp_path: Path) -> None:
    opacity = np.where(GRADIENT > 90, 255, 0).astype(np.uint8)
    stack = np.dstack([GRADIENT, GRADIENT, GRADIENT, opacity])
    pixels = roundtrip(tmp_path, stack, photometric="rgb", extrasamples=["unassalpha"])
    np.testing.assert_array_equal(pixels, np.where(GRADIENT > 90, GRADIENT, 0))


def test_jpeg_inside(tmp_path: Path) -> None:
    colour = np.dstack([GRADIENT] * 3)
    pixels = roundtrip(tmp_path, colour, photometric="rgb", compression="jpeg")
    np.testing.assert_allclose(pixels.astype(int), GRADIENT, atol=8)


def test_orientation_tag(tmp_path: Path) -> None:
    pixels = roundtrip(tmp_path, GRADIENT, extratags=[(274, "H", 1, 6, True)])
    np.testing.assert_array_equal(pixels, np.rot90(GRADIENT, -1))


def test_several_pages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="3 pages"):
        roundtrip(tmp_path, np.stack([GRADIENT] * 3), photometric="minisblack")


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("tifffile").error("a remark on an odd tag")
    assert capfd.readouterr() == ("", "")
