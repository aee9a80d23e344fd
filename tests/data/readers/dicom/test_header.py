import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.dicom_files import BUNDLED, dataset, write
from pydicom.uid import (
    MPEG4HP41,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)
from tests.data.readers.contract import GRADIENT

from pleura.data.readers import ReadError, decoded, read_image
from pleura.data.readers.dicom.header import is_unnamed_dicom, read_header
from pleura.errors import PleuraError

UIDS = {
    "Grayscale Softcopy Presentation State": "1.2.840.10008.5.1.4.1.1.11.1",
    "Comprehensive structured report": "1.2.840.10008.5.1.4.1.1.88.33",
    "Encapsulated PDF": "1.2.840.10008.5.1.4.1.1.104.1",
    "Media Storage Directory": "1.2.840.10008.1.3.10",
}


@pytest.mark.parametrize("name", UIDS)
def test_what_has_no_pixels_is_named(tmp_path: Path, name: str) -> None:
    address = write(tmp_path / "a.dcm", None, SOPClassUID=UIDS[name])
    with pytest.raises(ReadError, match=f"a.dcm: no image: .* its kind is {name}"):
        read_image(address)


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("reportsi.dcm", "Basic Text structured report"),
        ("waveform_ecg.dcm", "12-lead ECG Waveform"),
        ("rtplan.dcm", "RT Plan"),
    ],
)
def test_real_files_without_an_image(file: str, kind: str) -> None:
    with pytest.raises(ReadError, match=f"{file}: no image: .* its kind is {kind}"):
        read_image(str(BUNDLED / file))


def test_a_localiser_is_refused(tmp_path: Path) -> None:
    kind = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    with pytest.raises(ReadError, match="a localiser"):
        read_image(write(tmp_path / "a.dcm", GRADIENT, ImageType=kind))


@pytest.mark.parametrize(
    ("elements", "why"),
    [
        ({"NumberOfFrames": 100_000}, "100000 frames; 1 to 20,000 are read"),
        ({"Rows": 60_000, "Columns": 60_000}, "60000 x 60000 pixels are more"),
        ({"BitsStored": None}, "it lacks BitsStored"),
        ({"Columns": 0}, "it lacks Columns"),
        ({"PhotometricInterpretation": "CMYK"}, "colours as CMYK are not read"),
    ],
)
def test_refused_from_the_header(tmp_path: Path, elements: dict[str, Any], why: str) -> None:
    made = dataset(GRADIENT)
    for name, value in elements.items():
        setattr(made, name, value)
    made.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    with pytest.raises(ReadError, match=f"a.dcm: .*{why}"):
        read_image(str(tmp_path / "a.dcm"))


def test_films_are_refused_by_name(tmp_path: Path) -> None:
    made = dataset(GRADIENT, JPEGLSLossless)
    made.file_meta.TransferSyntaxUID = MPEG4HP41
    made.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    with pytest.raises(ReadError, match=r"a\.dcm: pixels in MPEG-4 AVC.* are not read"):
        read_image(str(tmp_path / "a.dcm"))


def test_no_pixel_is_read_with_the_header(tmp_path: Path) -> None:
    address = Path(write(tmp_path / "a.dcm", np.zeros((2, 2), np.uint8)))
    start = address.read_bytes()[: -2 * 2]
    with address.open("wb") as file:
        file.write(start[:-4] + struct.pack("<I", 2**31))
        file.truncate(2**31)  # a hole on disk
    began = time.perf_counter()
    header = read_header(address)
    assert time.perf_counter() - began < 1
    assert "PixelData" not in header


def test_what_inflates_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = write(
        tmp_path / "a.dcm", np.zeros((500, 500), np.uint8), DeflatedExplicitVRLittleEndian
    )
    assert read_image(address).width == 500
    monkeypatch.setattr(decoded, "MAX_BYTES", 100_000)
    with pytest.raises(ReadError, match="inflates to more than"):
        read_image(address)


def test_a_frame_of_another_size_than_its_header_is_refused(tmp_path: Path) -> None:
    for syntax in (JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless):
        made = dataset(GRADIENT, syntax)
        made.Rows = 40
        made.save_as(tmp_path / "a.dcm", enforce_file_format=True)
        with pytest.raises(ReadError, match="frame has 64 x 48 pixels, its header 64 x 40"):
            read_image(str(tmp_path / "a.dcm"))
    made = dataset(GRADIENT, RLELossless)
    made.Rows = 90
    made.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    with pytest.raises(ReadError, match=r"a\.dcm: truncated"):
        read_image(str(tmp_path / "a.dcm"))


def test_other_contents_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(bytes(500))
    with pytest.raises(PleuraError, match="'DICM' is not at its byte 128"):
        read_header(tmp_path / "a.dcm")
    assert not is_unnamed_dicom(tmp_path)
    assert not is_unnamed_dicom(tmp_path / "none")


def test_odd_elements_are_read_in_silence(tmp_path: Path) -> None:
    made = dataset(GRADIENT)
    made.StudyDate = "20200101"
    made.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    data = (tmp_path / "a.dcm").read_bytes().replace(b"20200101", b"2020-1-1")
    (tmp_path / "a.dcm").write_bytes(data)
    code = (
        "from pleura.data.readers import read_image, read_numbers; "
        f"read_image({str(tmp_path / 'a.dcm')!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_pydicom_is_not_loaded_until_a_file_is_read() -> None:
    code = "import sys, pleura.data.bank, pleura.data.image_files; print('pydicom' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("kind", ["monochrome1", "Monochrome2", "rgb", "ybr_full", "ybr_full_422"])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, JPEGBaseline8Bit])
def test_colours_in_small_letters(tmp_path: Path, kind: str, syntax: UID) -> None:
    colour = np.dstack([GRADIENT, GRADIENT[::-1], GRADIENT // 2])
    pixels = GRADIENT if "mono" in kind.lower() else colour
    if kind == "ybr_full_422" and syntax != JPEGBaseline8Bit:
        pytest.skip("another layout of the pixels")
    small, capital = (
        read_image(write(tmp_path / "a.dcm", pixels, syntax, PhotometricInterpretation=each))
        for each in (kind, kind.upper())
    )
    np.testing.assert_array_equal(small.pixels, capital.pixels)
