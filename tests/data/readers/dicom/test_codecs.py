"""What the code of a frame says, and what its header says; all codings are read in
`test_dicom.py`."""

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from benchmarks.dicom_files import dataset, write
from numpy.typing import NDArray
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
)
from tests.data.readers.contract import GRADIENT

from pleura.data.readers import ReadError, read_image, read_numbers
from pleura.data.readers.dicom.damaged import CURE

# After the first two bytes of a JPEG stream: RGB by Adobe's marker, luma and chroma by JFIF's.
ADOBE = bytes.fromhex("ffee000e41646f626500640000000000")
JFIF = bytes.fromhex("ffe000104a46494600010100000100010000")
SIGNED = np.arange(-2048, 2048, dtype=np.int16).reshape(64, 64)


def write_code(path: Path, code: Any, pixels: NDArray[Any], syntax: UID, **elements: Any) -> str:
    """Write a file whose only frame has this code; its header is that of the `pixels`."""
    made = dataset(pixels, syntax, **elements)
    made.PixelData = encapsulate([bytes(code)])
    made.save_as(path, enforce_file_format=True)
    return str(path)


def jpeg_2000(values: NDArray[Any], bits: int) -> Any:
    return imagecodecs.jpeg2k_encode(values, level=0, codecformat="j2k", bitspersample=bits)


def test_signs_of_jpeg_2000(tmp_path: Path) -> None:
    unsigned = SIGNED.view(np.uint16)
    for code in (jpeg_2000(SIGNED, 12), jpeg_2000(unsigned & 0xFFF, 12), jpeg_2000(unsigned, 16)):
        address = write_code(tmp_path / "a.dcm", code, SIGNED, JPEG2000Lossless, BitsStored=12)
        np.testing.assert_array_equal(read_image(address).pixels, SIGNED)
    # Values without a negative one are the same with a sign and without.
    positive, header = np.maximum(SIGNED, 0), unsigned
    code = jpeg_2000(positive, 12)
    address = write_code(tmp_path / "a.dcm", code, header, JPEG2000Lossless, BitsStored=12)
    np.testing.assert_array_equal(read_image(address).pixels, positive)


def test_a_sign_that_the_header_denies_is_refused(tmp_path: Path) -> None:
    code, header = jpeg_2000(SIGNED, 12), SIGNED.view(np.uint16)
    address = write_code(tmp_path / "a.dcm", code, header, JPEG2000Lossless, BitsStored=12)
    why = r"values with a sign, but its header says that they have none \(PixelRepresentation is 0"
    for read in (read_image, read_numbers):
        with pytest.raises(ReadError, match=rf"a\.dcm: damaged: its frame has {why}\); {CURE}$"):
            read(address)


@pytest.mark.parametrize("bits", [8, 11])
def test_values_that_the_stored_bits_do_not_hold(tmp_path: Path, bits: int) -> None:
    for values in (SIGNED, (SIGNED + 2048).astype(np.uint16)):
        address = write(tmp_path / "a.dcm", values, JPEG2000Lossless, BitsStored=bits)
        why = rf"values from {values[0, 0]} to {values[-1, -1]}, which the {bits} bits of its"
        with pytest.raises(ReadError, match=rf"damaged: its frame has {why} header .*; {CURE}$"):
            read_image(address)


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless, JPEGLosslessSV1])
def test_samples_that_are_longer_than_the_header_says(tmp_path: Path, syntax: UID) -> None:
    pixels = GRADIENT.astype(np.uint16)  # whose values would fit
    address = write(tmp_path / "a.dcm", pixels, syntax, BitsAllocated=8, BitsStored=8)
    with pytest.raises(ReadError, match="its frame has samples of 16 bits, its header of 8"):
        read_image(address)


@pytest.mark.parametrize("syntax", [JPEGLossless, JPEGLosslessSV1])
@pytest.mark.parametrize("marker", [b"", ADOBE, JFIF])
def test_luma_and_chroma_in_lossless_jpeg(tmp_path: Path, syntax: UID, marker: bytes) -> None:
    luma = np.tile(np.arange(60, 188, 2, dtype=np.uint8), (64, 1))  # no colour is out of range
    chroma = np.broadcast_to(np.uint8(150), luma.shape), np.broadcast_to(np.uint8(100), luma.shape)
    pixels = np.dstack([luma, *chroma])
    code = bytes(imagecodecs.jpeg_encode(pixels, lossless=True)).replace(ADOBE, marker)
    for kind, gray in (("YBR_FULL", luma), ("RGB", pixels @ [0.299, 0.587, 0.114])):
        address = write_code(
            tmp_path / "a.dcm", code, pixels, syntax, PhotometricInterpretation=kind
        )
        np.testing.assert_allclose(read_image(address).pixels, gray, atol=1)


@pytest.mark.parametrize("number", [1, 3])
def test_bytes_may_fill_the_room_before_a_marker(tmp_path: Path, number: int) -> None:
    code = bytes(imagecodecs.jpeg_encode(GRADIENT, level=98))
    plain = read_image(write_code(tmp_path / "a.dcm", code, GRADIENT, JPEGBaseline8Bit))
    filled = code
    for marker in (b"\xff\xdb", b"\xff\xc0", b"\xff\xc4"):
        at = filled.index(marker)
        filled = filled[:at] + b"\xff" * number + filled[at:]
    image = read_image(write_code(tmp_path / "b.dcm", filled, GRADIENT, JPEGBaseline8Bit))
    np.testing.assert_array_equal(image.pixels, plain.pixels)
