"""A mask means the same whatever kind of file it is in, and in whatever column it stands."""

import json
import struct
import zlib
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
from pleura.data.readers import ReadError, read_numbers
from pleura.files import read_mapping, write_text
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


def few_bits(pixels: NDArray[Any], bits: int) -> Callable[[Path], str]:
    """A gray PNG of 1, 2 or 4 bits, as its samples are stored."""

    def write(path: Path) -> str:
        packed = [
            np.packbits(np.unpackbits(row.astype(np.uint8)[:, None], axis=1)[:, -bits:].ravel())
            for row in pixels
        ]
        rows = b"".join(b"\0" + row.tobytes() for row in packed)
        height, width = pixels.shape
        header = struct.pack(">2I5B", width, height, bits, 0, 0, 0, 0)
        chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
        data = b"".join(
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
            for name, body in chunks
        )
        path.with_suffix(".png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
        return path.with_suffix(".png").name

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
    "png 2 bits": few_bits(INDEX, 2),
    "png 4 bits": few_bits(INDEX, 4),
    "tiff": tiff(INDEX),
    "tiff 2 bits": tiff(INDEX, bitspersample=2),
    "tiff 3 bits": tiff(INDEX, bitspersample=3),
    "tiff 4 bits": tiff(INDEX, bitspersample=4),
    "tiff 4 bits, white is 0": tiff(15 - INDEX, bitspersample=4, photometric="miniswhite"),
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
# Codecs that may change values, but have not.
UNCHANGED = {
    f"tiff, {codec} that loses nothing": tiff(INDEX, compression=codec)
    for codec in ("jpeg2000", "jpegxl", "lerc")
}
# A 1-bit file has 0 and 255, a JPEG no exact values: what is not 0 belongs to one structure.
ONE = (INDEX > 0) * np.uint8(255)
BLACK_AND_WHITE = {
    **FILES,
    "png 1 bit": png(INDEX > 0),
    "tiff 1 bit": tiff(INDEX > 0, photometric="minisblack"),
    "tiff 1 bit, white is 0": tiff(INDEX == 0, photometric="miniswhite"),
    "npz 1 bit": npz(INDEX > 0),
    "jpeg 2000 in tiff, one value": tiff(np.minimum(INDEX, 1), compression="jpeg2000"),
    "jpeg in tiff": tiff(np.dstack([ONE] * 3), photometric="rgb", compression="jpeg"),
}


@pytest.mark.parametrize("name", [*FILES, *UNCHANGED])
def test_values_are_the_same_in_every_kind_of_file(tmp_path: Path, name: str) -> None:
    file = (FILES | UNCHANGED)[name](tmp_path / "m")
    indices, others, _ = read_indices(Masks(structures=TWO), [str(tmp_path / file)])
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


SHAPE = np.zeros((96, 96), np.uint8)
SHAPE[16:76, 20:46] = 255  # 17 % of the pixels
LOSSY = {
    "JPEG 2000": ("jpeg2000", {"level": 25}),
    "JPEG XR": ("jpegxr", {"level": 60}),
    "JPEG XL": ("jpegxl", {"distance": 4}),
    "LERC": ("lerc", {"level": 20.0}),
}


@pytest.mark.parametrize("name", LOSSY)
@pytest.mark.parametrize("bits", [8, 16])
def test_what_a_codec_has_changed_belongs_to_the_nearest_value(
    tmp_path: Path, name: str, bits: int
) -> None:
    codec, options = LOSSY[name]
    pixels = SHAPE if bits == 8 else SHAPE.astype(np.uint16) * 257
    value = int(pixels.max())
    # LERC rounds to whole steps of what it may change, so that few values need not be changed.
    noise = np.random.default_rng(0).integers(0, 7, SHAPE.shape) if name == "LERC" else 0
    stored = np.where(pixels > 0, pixels - noise, noise).astype(pixels.dtype)
    file = tiff(stored, compression=codec, compressionargs=options)(tmp_path / "m")
    held = read_numbers(str(tmp_path / file)).values
    assert len(np.unique(held)) > 2
    for masks in (Masks(columns={"lung": "lung"}), Masks(structures={"lung": value})):
        found = read_indices(masks, [str(tmp_path / file)])
        assert found.inferred
        assert (found.mask != (SHAPE > 0)).mean() < 0.02
    with pytest.raises(MaskError, match="a codec that changes values cannot keep the values"):
        read_indices(Masks(structures={"a": 1, "b": value}), [str(tmp_path / file)])


def test_small_values_that_a_codec_has_changed_are_refused(tmp_path: Path) -> None:
    file = tiff(SHAPE // 4, compression="jpeg2000", compressionargs={"level": 25})(tmp_path / "m")
    with pytest.raises(MaskError, match=r"reach \d+ only; save masks as PNG"):
        read_indices(Masks(columns={"lung": "lung"}), [str(tmp_path / file)])


@pytest.mark.parametrize("bits", [1, 2, 4])
@pytest.mark.parametrize("kind", ["png", "tiff"])
@pytest.mark.parametrize("value", ["white", 1])
def test_few_bits_mean_what_the_study_names(
    tmp_path: Path, bits: int, kind: str, value: str | int
) -> None:
    """A program that makes files small stores 255 as the largest number of few bits."""
    stored = (SHAPE > 0) * np.uint8(2**bits - 1 if value == "white" else 1)
    write = few_bits(stored, bits) if kind == "png" else tiff(stored, bitspersample=bits)
    file = str(tmp_path / write(tmp_path / "m"))
    named = 255 if value == "white" else 1
    found = read_indices(Masks(structures={"lung": named}), [file])
    np.testing.assert_array_equal(found.mask, SHAPE > 0)
    assert found.others == {}
    assert found.inferred == (value == 1)
    np.testing.assert_array_equal(
        read_indices(Masks(columns={"lung": "lung"}), [file]).mask, SHAPE > 0
    )
    dropped = read_indices(Masks(structures={"lung": 7}, ignore=named), [file])
    np.testing.assert_array_equal(dropped.mask, np.where(SHAPE > 0, 255, 0))


def test_masks_of_few_bits_have_a_key_of_their_own(tmp_path: Path) -> None:
    """Where nothing is inferred, the key is that of the files alone."""
    Image.fromarray(picture(96, 96)).save(tmp_path / "a.png")
    files = {n: few_bits(SHAPE // 255 * n, 4)(tmp_path / f"m{n}") for n in (1, 15)}
    for n, named in ((1, 1), (15, 255), (15, 15)):
        masks = Masks(structures={"lung": named})
        found = masks_of(tmp_path, [{"image": "a.png", "mask": files[n]}], masks, size=96)
        plain = read_mapping(found.folder / "masks.json")
        assert (found.read(np.arange(1))[0] == SHAPE // 255).all()
        assert (found.key == plain["key"]) == (named == 255)
        again = masks_of(tmp_path, [{"image": "a.png", "mask": files[n]}], masks, size=96)
        assert again.key == found.key
        write_text(found.folder / "masks.json", json.dumps({"key": plain["key"], "notes": []}))
        again = masks_of(tmp_path, [{"image": "a.png", "mask": files[n]}], masks, size=96)
        assert again.key == found.key


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
