"""What headers know is what the readers see, and no pixel is read for it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from benchmarks.dicom_files import dataset, write
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import MPEG4HP41, UID, HTJ2KLossless

from pleura.data.index.headers import Header, header_of
from pleura.data.readers import ReadError, read_image
from pleura.errors import PleuraError

TURNED = 6  # in EXIF and TIFF: width and height change places


def turned(path: Path) -> str:
    exif = Image.Exif()
    exif[274] = TURNED
    Image.new("L", (6, 4)).save(path, "JPEG", exif=exif)
    return str(path)


def tiff(path: Path) -> str:
    tifffile.imwrite(path, np.zeros((4, 6), np.uint16), extratags=[(274, "H", 1, TURNED, False)])
    return str(path)


def png(path: Path) -> str:
    Image.fromarray(np.zeros((4, 6), np.uint16)).save(path)
    return str(path)


def test_size_and_bits_are_those_that_are_read(tmp_path: Path) -> None:
    pixels = np.zeros((4, 6), np.uint16)
    for address, name in (
        (turned(tmp_path / "a.jpg"), "jpeg"),
        (turned(tmp_path / "called.png"), "jpeg"),
        (png(tmp_path / "b.png"), "png"),
        (tiff(tmp_path / "c.tif"), "tiff"),
        (write(tmp_path / "IM1", pixels, BitsStored=12), "dicom"),
    ):
        header, decoded = header_of(Path(address), "salt"), read_image(address)
        assert header.format == name
        expected = (decoded.width, decoded.height, decoded.bits)
        assert (header.width, header.height, header.bits) == expected


def test_a_file_of_several_frames_says_how_many(tmp_path: Path) -> None:
    path = tmp_path / "clip.dcm"
    write(path, np.zeros((5, 4, 6), np.uint8), NumberOfFrames=5)
    assert header_of(path, "salt").frames == 5


@pytest.mark.parametrize("number", [1, 3])
def test_a_clip_is_one_that_has_several_frames(number: int, tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((4, 6), 50 * n, np.uint8)) for n in range(number)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=40)
    header = header_of(tmp_path / "a.gif", "")
    assert (header.format, header.width, header.height) == ("gif", 6, 4)
    assert (header.clip, header.frames) == ((True, 3) if number == 3 else (False, None))


def test_a_name_for_nobody_is_no_patient(tmp_path: Path) -> None:
    def patient(name: str) -> str:
        path = tmp_path / "a.dcm"
        write(path, np.zeros((4, 6), np.uint8), PatientID=name)
        header: Header = header_of(path, "salt")
        assert header.dicom is not None
        return header.dicom.patient

    assert patient("ANONYMOUS") == patient("") == ""
    assert len(patient("7")) == 16


def test_pixels_are_not_read(tmp_path: Path) -> None:
    for address in (png(tmp_path / "b.png"), turned(tmp_path / "a.jpg")):
        path = Path(address)
        whole = header_of(path, "")
        path.write_bytes(path.read_bytes()[:-2])
        assert header_of(path, "") == whole


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.png", b"", "empty"),
        ("a.png", b"GIF89a", "neither PNG nor JPEG"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(20), "damaged"),
        ("a.tif", b"II*\0", "damaged"),
        ("a.dcm", bytes(200), "'DICM' is not at its byte 128"),
    ],
)
def test_what_is_no_image_is_told(name: str, content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(PleuraError, match=reason):
        header_of(path, "salt")


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"BitsStored": 1}, "1 bit a sample: a mask"),
        ({"BitsAllocated": 32, "BitsStored": 32}, "32 bits a sample"),
        ({"PhotometricInterpretation": "YBR_PARTIAL_420"}, "colours as YBR_PARTIAL_420"),
        ({"syntax": MPEG4HP41}, "pixels in MPEG-4 .* are not read"),
        ({"syntax": HTJ2KLossless}, "pixels in High-Throughput JPEG 2000 .* are not read"),
        ({"syntax": UID("1.2.826.0.1.99")}, r"pixels in 1\.2\.826\.0\.1\.99 are not read"),
    ],
)
def test_dicom_that_is_not_read_is_told_by_its_header_as_by_the_reader(
    elements: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.dcm"
    syntax = elements.pop("syntax", None)
    made = dataset(np.zeros((4, 6), np.uint8), **elements)
    made.file_meta.TransferSyntaxUID = syntax or made.file_meta.TransferSyntaxUID
    if syntax:
        made.PixelData = encapsulate([bytes(24)])
        made["PixelData"].VR = "OB"
    made.save_as(path, enforce_file_format=True, implicit_vr=False, little_endian=True)
    with pytest.raises(PleuraError, match=f"^{reason}"):
        header_of(path, "salt")
    with pytest.raises(ReadError, match=reason):
        read_image(str(path))


@pytest.mark.parametrize("name", ["a.dcm", "a.png"])
def test_what_the_system_does_not_open_is_told_as_such(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(PleuraError, match=r"cannot be read \(Is a directory\)"):
        header_of(tmp_path / name, "salt")
