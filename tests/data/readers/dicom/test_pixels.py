from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.dicom_files import dataset, write
from pydicom import dcmread
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
)

from pleura.data.index.headers import header_of
from pleura.data.readers import ReadError, read_image, read_numbers
from pleura.data.readers.dicom.damaged import CURE
from pleura.errors import PleuraError

GRAY = np.zeros((4, 6), np.uint8)
COLOUR = np.zeros((4, 6, 3), np.uint8)
SYNTAXES = [ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, JPEGBaseline8Bit]


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    ("elements", "why"),
    [
        ({"PlanarConfiguration": None}, r"it lacks PlanarConfiguration \(0 for colours pixel by"),
        ({"PlanarConfiguration": 7}, r"its PlanarConfiguration is 7 \(0 for colours pixel by"),
        ({"SamplesPerPixel": None}, r"it lacks SamplesPerPixel \(1 for gray or a palette"),
        ({"SamplesPerPixel": 4}, r"its SamplesPerPixel is 4 \(1 for gray or a palette"),
        ({"SamplesPerPixel": 1}, "its SamplesPerPixel is 1, its colours RGB"),
        (
            {"PhotometricInterpretation": "MONOCHROME2"},
            "its SamplesPerPixel is 3, its colours MONOCHROME2",
        ),
        ({"PixelRepresentation": None}, r"it lacks PixelRepresentation \(0 for values without"),
        ({"PixelRepresentation": 2}, r"its PixelRepresentation is 2 \(0 for values without"),
        ({"BitsAllocated": 12}, "its BitsAllocated is 12, which is neither 1 nor 8"),
        ({"BitsAllocated": 8, "BitsStored": 9}, "its BitsStored is 9, .* BitsAllocated, 8"),
        ({"BitsStored": [8, 8]}, "its BitsStored is no whole number"),
    ],
)
def test_what_does_not_say_how_its_pixels_lie_is_told_from_the_header(
    tmp_path: Path, syntax: UID, elements: dict[str, Any], why: str
) -> None:
    made = dataset(COLOUR, syntax)
    for name, value in elements.items():
        if value is None:
            delattr(made, name)
        else:
            setattr(made, name, value)
    path = tmp_path / "a.dcm"
    made.save_as(path, enforce_file_format=True)
    for read in (read_image, read_numbers):
        with pytest.raises(ReadError, match=rf"a\.dcm: damaged: {why}.*; {CURE}$"):
            read(str(path))
    with pytest.raises(PleuraError, match=f"^damaged: {why}.*; {CURE}$"):
        header_of(path, "salt")


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_header_without_pixels_behind_it(tmp_path: Path, syntax: UID) -> None:
    address = write(tmp_path / "a.dcm", GRAY, syntax)
    header = dcmread(address)
    del header.PixelData
    header.save_as(address)
    for read in (read_image, read_numbers):
        with pytest.raises(ReadError, match=r"a\.dcm: no image: .*PixelData.* export it again"):
            read(address)
