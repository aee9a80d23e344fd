import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps
from tests.data.readers.contract import GRADIENT, ReaderContract

from pleura.data.readers import ReadError, read_image, read_numbers
from pleura.data.readers.decoded import MAX_PIXELS
from pleura.data.readers.pillow import PillowReader

COLOUR = np.dstack([GRADIENT, GRADIENT[::-1], 255 - GRADIENT])
LUMA = np.rint(COLOUR @ np.array([0.299, 0.587, 0.114]))
ALPHA = np.repeat(np.array([[0, 128, 255]]), [20, 24, 20], axis=1).repeat(48, 0).astype(np.uint8)


class TestPng(ReaderContract):
    reader = PillowReader()
    suffix = ".png"

    def write(self, path: Path, pixels: NDArray[np.uint8]) -> str:
        Image.fromarray(pixels).save(path)
        return str(path)


class TestPngOf16Bits(ReaderContract):
    reader = PillowReader()
    suffix = ".png"
    bits = 16

    def write(self, path: Path, pixels: NDArray[np.uint8]) -> str:
        Image.fromarray(pixels.astype(np.uint16)).save(path)
        return str(path)


class TestJpeg(ReaderContract):
    reader = PillowReader()
    suffix = ".jpeg"
    tolerance = 3

    def write(self, path: Path, pixels: NDArray[np.uint8]) -> str:
        Image.fromarray(pixels).convert("RGB").save(path, format="JPEG", quality=98)
        return str(path)


def close(path: Path, expected: NDArray[np.generic], tolerance: float) -> bool:
    pixels = read_image(str(path)).pixels
    return pixels.shape == expected.shape and bool(
        np.abs(pixels.astype(float) - expected.astype(float)).max() <= tolerance
    )


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGB"])
def test_png_modes_are_luma(tmp_path: Path, mode: str) -> None:
    source = Image.fromarray(COLOUR if mode in ("P", "RGB") else GRADIENT).convert(mode)
    source.save(tmp_path / "a.png")
    expected = np.asarray(source.convert("RGB")) @ np.array([0.299, 0.587, 0.114])
    assert close(tmp_path / "a.png", expected, 1)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_alpha_lies_on_black(tmp_path: Path, mode: str) -> None:
    gray = GRADIENT if mode == "LA" else LUMA
    samples = (GRADIENT[..., None] if mode == "LA" else COLOUR, ALPHA[..., None])
    Image.fromarray(np.concatenate(samples, axis=2), mode).save(tmp_path / "a.png")
    assert close(tmp_path / "a.png", gray * (ALPHA / 255), 1)


def test_transparent_palette_entry_is_black(tmp_path: Path) -> None:
    image = Image.fromarray((GRADIENT > 90).astype(np.uint8), "P")
    image.putpalette([200, 200, 200, 100, 100, 100])
    image.save(tmp_path / "a.png", transparency=0)
    assert close(tmp_path / "a.png", np.where(GRADIENT > 90, 100, 0), 0)


@pytest.mark.parametrize("samples", [1, 2, 3, 4])
def test_png_of_16_bits_keeps_them(tmp_path: Path, samples: int) -> None:
    fine = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) * 20
    stack = np.dstack([fine] * (3 if samples > 2 else 1) + [np.full_like(fine, 65535)])
    stack = stack[..., :samples] if samples > 1 else fine
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(np.ascontiguousarray(stack)))
    decoded = read_image(str(tmp_path / "a.png"))
    assert decoded.bits == 16
    assert decoded.pixels.dtype == np.uint16
    np.testing.assert_array_equal(decoded.pixels, fine)


def test_cmyk_jpeg(tmp_path: Path) -> None:
    Image.fromarray(COLOUR).convert("CMYK").save(tmp_path / "a.jpg", quality=98, subsampling=0)
    assert close(tmp_path / "a.jpg", LUMA, 6)


def test_colour_jpeg_is_luma_at_every_scale(tmp_path: Path) -> None:
    Image.fromarray(COLOUR).save(tmp_path / "a.jpg", quality=98, subsampling=0)
    assert close(tmp_path / "a.jpg", LUMA, 5)
    half = read_image(str(tmp_path / "a.jpg"), at_least=24).pixels
    assert half.shape == (24, 32)
    np.testing.assert_allclose(half, LUMA.reshape(24, 2, 32, 2).mean(axis=(1, 3)), atol=5)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(tmp_path: Path, suffix: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a{suffix}"
    Image.fromarray(GRADIENT).save(path, exif=exif, quality=98)
    with Image.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    decoded = read_image(str(path))
    np.testing.assert_array_equal(decoded.pixels, expected)
    assert (decoded.width, decoded.height) == expected.shape[::-1]


def test_damaged_exif_neither_warns_nor_refuses(tmp_path: Path) -> None:
    Image.fromarray(GRADIENT).save(
        tmp_path / "a.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01"
    )
    code = f"from pleura.data.readers import read_image; read_image({str(tmp_path / 'a.jpg')!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 2}])
@pytest.mark.parametrize("tail", [b"", b"\xff\xd9", bytes(9000)])
@pytest.mark.parametrize("colour", [False, True])
def test_no_jpeg_comes_out_half_gray(
    tmp_path: Path, options: dict[str, Any], tail: bytes, colour: bool
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (160, 160, 3), np.uint8)
    path = tmp_path / "a.jpg"
    Image.fromarray(noise if colour else noise[..., 0]).save(path, quality=90, **options)
    data = path.read_bytes()
    for at_least in (None, 40):
        path.write_bytes(data)
        read_image(str(path), at_least)
        path.write_bytes(data[: int(len(data) * 0.4)] + tail)
        with pytest.raises(ReadError, match=r"a\.jpg: .*truncated"):
            read_image(str(path), at_least)


def test_a_jpeg_that_ends_in_the_decoder_s_gray_is_sound(tmp_path: Path) -> None:
    image = np.where(np.arange(64)[:, None] < 32, GRADIENT[:32].max(), np.full((64, 64), 128))
    Image.fromarray(image.astype(np.uint8)).save(tmp_path / "a.jpg", quality=95)
    assert read_image(str(tmp_path / "a.jpg")).pixels[-1, -1] == 128


def test_huge_png_is_refused_from_its_header(tmp_path: Path) -> None:
    side = int(MAX_PIXELS**0.5) + 1
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    idat = b"IDAT" + zlib.compress(b"\0")
    data = struct.pack(">I", len(idat) - 4) + idat + struct.pack(">I", zlib.crc32(idat))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + data)
    with pytest.raises(ReadError, match=f"{side} x {side} pixels are more than the 100 million"):
        read_image(str(tmp_path / "a.png"))


def test_contents_go_before_the_name(tmp_path: Path) -> None:
    Image.fromarray(GRADIENT).save(tmp_path / "a.png", format="JPEG", quality=98)
    assert close(tmp_path / "a.png", GRADIENT, 3)


@pytest.mark.parametrize("name", ["a.docx", "a", "a.nii"])
def test_unknown_suffix_lists_the_known(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ReadError, match=r"\.png, \.jpg"):
        read_image(str(tmp_path / name))


@pytest.mark.parametrize("bits", [8, 16])
def test_a_wrong_checksum_of_a_png_is_refused(tmp_path: Path, bits: int) -> None:
    path = tmp_path / "a.png"
    data = bytearray(imagecodecs.png_encode(GRADIENT.astype(f"uint{bits}")))
    at = data.index(b"IEND") - 5  # in the checksum of the pixels
    data[at] ^= 1
    path.write_bytes(data)
    with pytest.raises(ReadError, match=r"a\.png: .*a checksum is wrong"):
        read_image(str(path))


def test_an_animated_png_is_refused(tmp_path: Path) -> None:
    first, *others = (Image.fromarray(np.roll(GRADIENT, number, 1)) for number in range(3))
    first.save(tmp_path / "a.png", save_all=True, append_images=others)
    for read in (read_image, read_numbers):
        with pytest.raises(ReadError, match=r"a\.png: an animated PNG of 3 pictures; save one"):
            read(str(tmp_path / "a.png"))
