from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.dicom_files import BUNDLED, dataset, write
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
)
from tests.data.readers.contract import GRADIENT

from pleura.data.readers import ReadError, read_image, read_numbers
from pleura.data.readers.dicom.damaged import CURE

SYNTAXES = [
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
]
HEIGHT, WIDTH = GRADIENT.shape
PIXELS = GRADIENT | 1  # no zeros, which could be padding
LARGE = np.full((1200, 1000), 7, np.uint8)  # of over 1 MB


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    ("elements", "what"),
    [
        ({"Columns": WIDTH - 1}, f"1 frame of {WIDTH - 1} x {HEIGHT} pixels"),
        ({"Rows": HEIGHT - 3}, f"1 frame of {WIDTH} x {HEIGHT - 3} pixels"),
        ({"Rows": HEIGHT // 3, "NumberOfFrames": 2}, f"2 frames of {WIDTH} x {HEIGHT // 3} pixels"),
    ],
)
def test_pixels_that_the_header_does_not_tell_of_are_refused(
    tmp_path: Path, syntax: UID, elements: dict[str, Any], what: str
) -> None:
    made = dataset(PIXELS, syntax)
    for name, value in elements.items():
        setattr(made, name, value)
    made.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    why = rf"damaged: its pixels have 3,072 bytes, but {what}, as its header says, have .*; {CURE}$"
    member = "::0" if "NumberOfFrames" in elements else ""
    for read in (read_image, read_numbers):
        with pytest.raises(ReadError, match=why):
            read(f"{tmp_path / 'a.dcm'}{member}")


def test_of_a_file_whose_pixels_are_long(tmp_path: Path) -> None:
    address = write(tmp_path / "a.dcm", LARGE, Columns=999)
    with pytest.raises(ReadError, match=r"its pixels have 1,200,000 bytes, .* have 1,198,800"):
        read_image(address)


@pytest.mark.parametrize("more", [b"\0", b"\xff", bytes(8)])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_padding_may_follow(tmp_path: Path, syntax: UID, more: bytes) -> None:
    pixels = np.arange(1, 82, dtype=np.uint8).reshape(9, 9)
    made = dataset(pixels, syntax)
    made.PixelData = pixels.tobytes() + more
    made["PixelData"].VR = "OB"
    made.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    np.testing.assert_array_equal(read_image(str(tmp_path / "a.dcm")).pixels, pixels)


def test_a_real_file_with_a_row_of_padding() -> None:
    padded, plain = (read_image(str(BUNDLED / f"MR_small{each}.dcm")) for each in ("_padded", ""))
    np.testing.assert_array_equal(padded.pixels, plain.pixels)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
@pytest.mark.parametrize(
    ("coded", "name"), [(JPEGBaseline8Bit, "JPEG"), (JPEG2000Lossless, "JPEG 2000")]
)
def test_compressed_frames_that_are_said_to_be_uncompressed(
    tmp_path: Path, syntax: UID, coded: UID, name: str
) -> None:
    made = dataset(GRADIENT, coded)
    made.file_meta.TransferSyntaxUID = syntax
    made["PixelData"].is_undefined_length = True
    items = made.PixelData
    why = rf"damaged: its pixels are {name}, but its transfer syntax, {syntax.name}, says that"
    path = tmp_path / "a.dcm"
    made.save_as(path, enforce_file_format=True, implicit_vr=syntax.is_implicit_VR)
    for bare in (False, True):
        if bare:  # the code itself, without an item around it
            made["PixelData"].is_undefined_length = False
            made.PixelData = items[items.index(b"\xff\xd8" if name == "JPEG" else b"\xff\x4f") :]
            made.save_as(path, enforce_file_format=True, implicit_vr=syntax.is_implicit_VR)
        for read in (read_image, read_numbers):
            with pytest.raises(ReadError, match=why):
                read(str(path))


def test_frames_whose_end_is_marked_are_compressed(tmp_path: Path) -> None:
    made = dataset(GRADIENT)
    made.PixelData = encapsulate([GRADIENT.tobytes()])
    made["PixelData"].is_undefined_length = True
    made.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    with pytest.raises(ReadError, match=r"its pixels are compressed frames, but its transfer"):
        read_image(str(tmp_path / "a.dcm"))


def test_pixels_may_begin_as_code_does(tmp_path: Path) -> None:
    pixels = GRADIENT.copy()
    pixels[0, :3] = 0xFF, 0xD8, 0xFF
    image = read_image(write(tmp_path / "a.dcm", pixels))
    np.testing.assert_array_equal(image.pixels, pixels)
