"""What files tell of how they were stored."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks.dicom_files import write
from PIL import Image
from pydicom.uid import ImplicitVRLittleEndian

from pleura.data.file_traces import file_formats, jpeg_qualities, transfer_syntaxes


def saved(path: Path, **how: int) -> str:
    noise = np.random.default_rng(0).integers(0, 256, (24, 24)).astype(np.uint8)
    Image.fromarray(noise).save(path, format="png" if path.suffix == ".png" else "jpeg", **how)
    return str(path)


@pytest.mark.parametrize("quality", [30, 50, 75, 90, 99])
def test_a_quality_is_the_one_that_a_jpeg_was_saved_with(tmp_path: Path, quality: int) -> None:
    image = saved(tmp_path / "a.jpg", quality=quality)
    assert jpeg_qualities([image])[0] == pytest.approx(quality, abs=1)


def test_what_is_no_jpeg_has_no_quality(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(b"\xff\xd8\xff\xe0")
    images = [saved(tmp_path / "a.png"), str(damaged), str(tmp_path / "gone.jpg")]
    assert np.isnan(jpeg_qualities(images)).all()


def test_a_format_goes_by_the_contents_of_a_jpeg_and_by_other_names(tmp_path: Path) -> None:
    Path(saved(tmp_path / "a.jpg")).rename(tmp_path / "really.bmp")
    images = [saved(tmp_path / "a.png"), str(tmp_path / "really.bmp"), "set.npz::train_images::7"]
    assert file_formats(images).tolist() == ["png", "jpeg", "npz"]


def test_dicom_is_one_format_whatever_its_files_are_called(tmp_path: Path) -> None:
    names = ["1.2.840.113.7", "1.2.840.113.8", "IM0001", "a.dcm", "a.IMA"]
    for name in names:
        write(tmp_path / name, np.zeros((4, 4), np.uint8))
    images = [str(tmp_path / name) for name in names]
    assert file_formats(images).tolist() == ["dicom"] * 5


def test_how_dicom_files_hold_their_pixels_is_read(tmp_path: Path) -> None:
    pixels = np.zeros((4, 4), np.uint8)
    write(tmp_path / "plain.dcm", pixels)
    write(tmp_path / "implicit.dcm", pixels, ImplicitVRLittleEndian)
    (tmp_path / "cut.dcm").write_bytes((tmp_path / "plain.dcm").read_bytes()[:140])
    files = ["plain.dcm", "implicit.dcm", "plain.dcm::1", "cut.dcm"]
    images = [*(str(tmp_path / name) for name in files), saved(tmp_path / "a.png")]
    assert transfer_syntaxes(images).tolist() == [
        *("1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"),
        *("", ""),
    ]
