from pathlib import Path

import numpy as np
import pytest
from benchmarks.dicom_files import BUNDLED, dataset, write
from pydicom import Dataset, dcmread
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    JPEGLosslessSV1,
    RLELossless,
)

from pleura.data.readers import ReadError, read_image, read_numbers

STORED = np.array([[0, 1, 2047, 4095]], np.uint16)


SYNTAXES = (ExplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless, JPEGLosslessSV1)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_what_lies_beside_the_stored_bits_is_nothing(tmp_path: Path, syntax: UID) -> None:
    # An overlay in the four bits above twelve.
    address = write(tmp_path / "a.dcm", STORED | np.uint16(0x7000), syntax, BitsStored=12)
    np.testing.assert_array_equal(read_image(address).pixels, STORED)
    if syntax != JPEGLosslessSV1:  # which is written here without signs
        signed = np.array([[-2048, -1, 0, 2047]], np.int16)
        address = write(tmp_path / "b.dcm", signed ^ np.int16(0x7000), syntax, BitsStored=12)
        np.testing.assert_array_equal(read_image(address).pixels, signed)


def test_stored_bits_may_be_the_upper_ones(tmp_path: Path) -> None:
    for syntax in (ExplicitVRLittleEndian, ExplicitVRBigEndian):
        upper = (STORED << 4) | np.uint16(5)
        address = write(tmp_path / "a.dcm", upper, syntax, BitsStored=12, HighBit=15)
        np.testing.assert_array_equal(read_image(address).pixels, STORED)
    signed = np.array([[-2048, -1, 0, 2047]], np.int16)
    address = write(tmp_path / "a.dcm", signed << 4, BitsStored=12, HighBit=15)
    np.testing.assert_array_equal(read_image(address).pixels, signed)


def test_it_is_told_where_bits_are_taken_away_that_the_header_does_not_speak_of(
    tmp_path: Path,
) -> None:
    def cut(samples: np.ndarray, **elements: object) -> bool:
        address = write(tmp_path / "a.dcm", samples, **{"BitsStored": 12, **elements})
        return read_image(address).cut

    assert not cut(STORED)
    assert cut(STORED + np.uint16(1))  # 4096 becomes 0
    assert not cut(STORED + np.uint16(1), BitsStored=16)
    signed = np.array([[-2048, -1, 0, 2047]], np.int16)
    assert not cut(signed)
    assert not cut(signed & np.int16(0x0FFF))  # the sign in the lowest 12 bits alone
    assert cut(signed + np.int16(1))  # 2048 becomes -2048, although signs are in all 16 bits
    assert cut(signed * np.int16(4))
    assert not cut(STORED << 4, HighBit=15)
    assert cut(STORED, HighBit=15)  # whose lowest four bits are not nothing
    assert cut(STORED << 3, HighBit=13)
    # An overlay in bit 12, as its header says.
    overlay = Dataset()
    overlay.add_new((0x6000, 0x0102), "US", 12)
    made = dataset(STORED | np.uint16(0x1000), BitsStored=12)
    made.update(overlay)
    made.save_as(tmp_path / "o.dcm", enforce_file_format=True)
    image = read_image(str(tmp_path / "o.dcm"))
    np.testing.assert_array_equal(image.pixels, STORED)
    assert not image.cut


def test_a_mask_with_values_beyond_its_stored_bits_is_refused(tmp_path: Path) -> None:
    address = write(tmp_path / "m.dcm", np.array([[0, 1, 16]], np.uint8), BitsStored=4)
    with pytest.raises(ReadError, match=r"BitsStored is 4\), and of a mask each value counts"):
        read_numbers(address)


def test_planes_and_pixels_of_colours(tmp_path: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    by_pixel = read_image(write(tmp_path / "a.dcm", colours)).pixels
    planes = np.ascontiguousarray(colours.transpose(2, 0, 1)).reshape(6, 8, 3)
    by_plane = read_image(write(tmp_path / "b.dcm", planes, PlanarConfiguration=1)).pixels
    np.testing.assert_array_equal(by_pixel, by_plane)


def test_ybr_by_hand(tmp_path: Path) -> None:
    # Y alone decides where Cb and Cr are 128; pure red is Y 76, Cb 85, Cr 255.
    samples = np.array([[[90, 128, 128], [76, 85, 255]]], np.uint8)
    address = write(tmp_path / "a.dcm", samples, PhotometricInterpretation="YBR_FULL")
    assert list(read_image(address).pixels[0]) == [90, 76]
    # Two Y share a Cb and a Cr: Y1 Y2 Cb Cr.
    halved = np.array([[90, 30, 128, 128]], np.uint8)
    address = write(
        tmp_path / "b.dcm",
        halved,
        PhotometricInterpretation="YBR_FULL_422",
        SamplesPerPixel=3,
        PlanarConfiguration=0,
        Columns=2,
    )
    assert list(read_image(address).pixels[0]) == [90, 30]


def test_codings_of_a_real_image_agree() -> None:
    stored = dcmread(BUNDLED / "MR_small.dcm").pixel_array
    for name in ("", "_RLE", "_bigendian", "_implicit", "_jp2klossless", "_jpeg_ls_lossless"):
        image = read_image(str(BUNDLED / f"MR_small{name}.dcm"))
        np.testing.assert_array_equal(image.pixels, stored)
        assert image.shown is not None
        assert image.shown.how == "window 600/1600 LINEAR"
