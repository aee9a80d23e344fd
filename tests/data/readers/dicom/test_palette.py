from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.dicom_files import BUNDLED, write
from pydicom import dcmread
from pydicom.pixels.processing import apply_color_lut
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from pleura.data.readers import ReadError, read_image

RED, GREEN, BLUE = [0, 255, 0, 10], [0, 0, 255, 10], [0, 0, 0, 10]
LUMA = [0, 76, 150, 10]  # .299 * 255 and .587 * 255, rounded


def palette(bits: int, first: int, order: str = "<") -> dict[str, Any]:
    elements: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name, entries in (("Red", RED), ("Green", GREEN), ("Blue", BLUE)):
        deep = (np.array(entries) << (bits - 8)).astype(f"{order}u2")
        data = deep.tobytes() if bits > 8 else bytes(entries)
        elements[f"{name}PaletteColorLookupTableDescriptor"] = [len(entries), first, bits]
        elements[f"{name}PaletteColorLookupTableData"] = data
    return elements


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("first", [0, 3])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_palette_is_its_luma(tmp_path: Path, bits: int, first: int, syntax: Any) -> None:
    order = "<" if syntax.is_little_endian else ">"
    for kind in ("u1", "u2"):
        stored = (np.array([[0, 1, 2, 3, 3]]) + first).astype(kind)
        image = read_image(write(tmp_path / "a.dcm", stored, syntax, **palette(bits, first, order)))
        assert list(image.pixels[0]) == [*LUMA, 10]
        assert image.pixels.dtype == np.uint8
        assert image.bits == 8


def test_entries_of_8_bits_in_a_palette_that_says_16(tmp_path: Path) -> None:
    elements = palette(8, 0)
    for colour, entries in (("Red", RED), ("Green", GREEN), ("Blue", BLUE)):
        elements[f"{colour}PaletteColorLookupTableDescriptor"] = [len(entries), 0, 16]
        elements[f"{colour}PaletteColorLookupTableData"] = np.array(entries, "<u2").tobytes()
    stored = np.array([[0, 1, 2, 3]], np.uint8)
    assert list(read_image(write(tmp_path / "a.dcm", stored, **elements)).pixels[0]) == LUMA


def test_what_lies_outside_of_a_palette_is_its_end(tmp_path: Path) -> None:
    stored = np.array([[0, 99]], np.uint8)
    pixels = read_image(write(tmp_path / "a.dcm", stored, **palette(8, 2))).pixels
    assert list(pixels[0]) == [LUMA[0], LUMA[-1]]


def test_a_palette_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    elements = palette(16, 0)
    elements["GreenPaletteColorLookupTableData"] = b"\0\0"
    address = write(tmp_path / "a.dcm", np.zeros((2, 2), np.uint8), **elements)
    with pytest.raises(ReadError, match=r"a\.dcm: damaged: its palette of green .* has 0 entries"):
        read_image(address)


def test_real_palette_as_pydicom_s_own() -> None:
    path = BUNDLED / "examples_palette.dcm"
    header = dcmread(path)
    colours = apply_color_lut(header.pixel_array, header) >> 8
    expected = np.rint(colours @ np.array([0.299, 0.587, 0.114]))
    assert np.abs(read_image(str(path)).pixels - expected).max() <= 1
