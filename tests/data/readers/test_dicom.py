import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.dicom_files import LOSSLESS, write
from numpy.typing import NDArray
from PIL import Image
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
from tests.data.readers.contract import GRADIENT, ReaderContract

from pleura.data.bank import build_bank
from pleura.data.image_files import images_in, is_image
from pleura.data.readers import ReadError, read_image, read_numbers
from pleura.data.readers.dicom.reader import DicomReader
from pleura.deploy.masks import image_column

NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
COLOUR = np.dstack([GRADIENT, GRADIENT[::-1], 255 - GRADIENT])
LUMA = np.rint(COLOUR @ np.array([0.299, 0.587, 0.114]))
DEEP = np.random.default_rng(0).integers(0, 4096, (48, 64), np.uint16)


class DicomContract(ReaderContract):
    reader = DicomReader()
    suffix = ".dcm"
    syntax: UID = ExplicitVRLittleEndian

    def write(self, path: Path, pixels: NDArray[np.uint8]) -> str:
        kind = np.uint16 if self.bits > 8 else np.uint8
        return write(path, pixels.astype(kind), self.syntax, BitsStored=self.bits)


class TestDicom(DicomContract):
    suffix = ".dicom"


class TestDicomOf12Bits(DicomContract):
    bits = 12


class TestRunLengths(DicomContract):
    syntax = RLELossless


class TestBaseline(DicomContract):
    syntax, tolerance = JPEGBaseline8Bit, 3


class TestExtended(DicomContract):
    syntax, bits, tolerance = JPEGExtended12Bit, 12, 3


class TestLossless(DicomContract):
    syntax = JPEGLosslessSV1


class TestJpegLs(DicomContract):
    syntax = JPEGLSLossless


class TestJpeg2000(DicomContract):
    syntax = JPEG2000Lossless


class TestDeflated(DicomContract):
    syntax = DeflatedExplicitVRLittleEndian


@pytest.mark.parametrize("syntax", [*NATIVE, *LOSSLESS, DeflatedExplicitVRLittleEndian])
@pytest.mark.parametrize("pixels", [GRADIENT, DEEP, COLOUR], ids=["8", "16", "colour"])
def test_every_lossless_coding_gives_the_same(
    tmp_path: Path, syntax: UID, pixels: NDArray[Any]
) -> None:
    image = read_image(write(tmp_path / "a.dcm", pixels, syntax))
    np.testing.assert_array_equal(image.pixels, LUMA if pixels.ndim == 3 else pixels)
    assert image.pixels.dtype == pixels.dtype


# Encoders of the other standards take no signed values; pydicom's MR_small files have them.
@pytest.mark.parametrize("syntax", [*NATIVE, RLELossless, JPEG2000Lossless])
def test_signed_values(tmp_path: Path, syntax: UID) -> None:
    signed = DEEP.astype(np.int16) - 2048
    image = read_image(write(tmp_path / "a.dcm", signed, syntax))
    np.testing.assert_array_equal(image.pixels, signed)
    assert image.full_range is None


@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEG2000])
def test_lossy_colour(tmp_path: Path, syntax: UID) -> None:
    kind = "YBR_FULL_422" if syntax == JPEGBaseline8Bit else "YBR_ICT"
    address = write(tmp_path / "a.dcm", COLOUR, syntax, PhotometricInterpretation=kind)
    assert np.abs(read_image(address).pixels - LUMA).max() <= 8


def test_frames_have_addresses(tmp_path: Path) -> None:
    frames = np.stack([GRADIENT, GRADIENT // 2, GRADIENT // 3])
    for syntax in (ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless):
        address = write(tmp_path / "a.dcm", frames, syntax, NumberOfFrames=3)
        for number, frame in enumerate(frames):
            np.testing.assert_array_equal(read_image(f"{address}::{number}").pixels, frame)
        with pytest.raises(ReadError, match="which of its 3 frames: write <file>::0 to <file>::2"):
            read_image(address)
        with pytest.raises(ReadError, match="has 3 frames, counted from 0, so no number 3"):
            read_image(f"{address}::3")
        with pytest.raises(ReadError, match="which of its 3 frames"):
            read_image(f"{address}::last")


@pytest.mark.parametrize("name", ["IM000001", "1.2.840.10008.12345", "a.dcm", "a.IMA"])
def test_without_an_ending_contents_tell(tmp_path: Path, name: str) -> None:
    address = write(tmp_path / name, GRADIENT)
    np.testing.assert_array_equal(read_image(address).pixels, GRADIENT)
    (tmp_path / "LICENSE").write_text("x" * 500)
    os.mkfifo(tmp_path / "pipe")  # reading it would wait for ever
    assert images_in(tmp_path)[:2] == ([Path(name)], [Path("LICENSE")])
    assert image_column(tmp_path / name) == "image"
    assert not is_image(tmp_path / "LICENSE")


def test_the_same_picture_gives_the_same_bank_row(tmp_path: Path) -> None:
    twelve = (GRADIENT.astype(np.uint16) * 16) + 7
    fine = GRADIENT.astype(np.uint16) * 257
    white = {"PhotometricInterpretation": "MONOCHROME1"}
    images = [
        write(tmp_path / "a.dcm", GRADIENT),
        write(tmp_path / "b.dcm", fine),
        write(tmp_path / "c.dcm", twelve, BitsStored=12),
        write(tmp_path / "d.dcm", 255 - GRADIENT, **white),
        write(tmp_path / "e.dcm", np.dstack([GRADIENT] * 3)),
        write(tmp_path / "f.dcm", 65535 - fine, JPEGLSLossless, **white),
        write(tmp_path / "g.dcm", GRADIENT, WindowCenter=128, WindowWidth=256),
    ]
    Image.fromarray(GRADIENT).save(tmp_path / "a.png")
    Image.fromarray(fine).save(tmp_path / "b.tif")
    images += [str(tmp_path / "a.png"), str(tmp_path / "b.tif")]
    bank = build_bank(images, tmp_path / "bank", size=32, workers=1)
    assert bank.info["error"].tolist() == [""] * len(images)
    rows = bank.read(np.arange(len(images))).astype(int)
    assert np.abs(rows - rows[0]).max() <= 1
    np.testing.assert_array_equal(rows[[1, 3, 4, 5, 6, 7, 8]], rows[[0] * 7])


def test_masks_are_stored_values(tmp_path: Path) -> None:
    mask = (GRADIENT > 90).astype(np.uint8) * 3
    numbers = read_numbers(write(tmp_path / "a.dcm", mask, WindowCenter=1, WindowWidth=1))
    np.testing.assert_array_equal(numbers.values, mask)
    assert not numbers.lossy
    assert read_numbers(write(tmp_path / "b.dcm", mask, JPEGBaseline8Bit)).lossy
    packed = np.packbits(mask > 0, bitorder="little").reshape(48, 8)
    address = write(tmp_path / "c.dcm", packed, Columns=64, BitsAllocated=1, BitsStored=1)
    numbers = read_numbers(address)
    np.testing.assert_array_equal(numbers.values, (mask > 0) * 255)
    assert numbers.bits == 1
    with pytest.raises(ReadError, match="1 bit a sample"):
        read_image(address)
