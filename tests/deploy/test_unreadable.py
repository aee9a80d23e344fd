"""What `pleura predict` cannot read is refused by name; all else is predicted."""

import csv
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from tests.deploy.predicting import images, model, predict

__all__ = ["images", "model"]  # fixtures

NO_IMAGE = "names no image"
WINDOWS = "no such file (a path of Windows"
WEB = "an address of the web; save the image as a file first"
FOLDER = "is a folder, not an image; name its files"
CELLS = {
    "": NO_IMAGE,
    "nan": NO_IMAGE,
    "#REF!": NO_IMAGE,
    ".": FOLDER,
    "deep": FOLDER,
    "deep/": FOLDER,
    "folder.png": FOLDER,
    "https://example.org/a.png": WEB,
    "s3://bucket/a.png": WEB,
    "file:///a.png": WEB,
    "C:\\images\\a.png": WINDOWS,
    "\\\\server\\share\\a.png": WINDOWS,
    "all.zip": "no reader for '.zip'",
    "all.zip::a.png": "no reader for '.zip'",
    "stack.npz": "says not which image",
    "stack.npz::train_images::7": "train_images has 2 images, so no number 7",
    "a.png::5": "holds one image, so no '5' of several",
    "empty.mp4": "the file is empty",
    "text.mp4": "the contents are no clip",
    "no_pixels.dcm": "no image: it has no pixels; its kind is Secondary Capture",
    "no_pixels": "no image: it has no pixels; its kind is Secondary Capture",
    "gone.png": "no such file",
    "link.png": "no such file (a link to a file that is gone)",
    "a" * 300 + ".png": "no such file",
}


@pytest.fixture
def table(images: Path) -> Path:
    """A table of an image, all of `CELLS`, and an image again."""
    (images / "folder.png").mkdir()
    with zipfile.ZipFile(images / "all.zip", "w") as archive:
        archive.write(images / "a.png", "a.png")
    np.savez(images / "stack.npz", train_images=np.zeros((2, 32, 32), np.uint8))
    (images / "empty.mp4").touch()
    (images / "text.mp4").write_text("text" * 99)
    (images / "link.png").symlink_to(images / "gone.png")
    for name in ("no_pixels.dcm", "no_pixels"):
        report = Dataset()
        report.file_meta = FileMetaDataset()
        report.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        report.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
        report.SOPClassUID = SecondaryCaptureImageStorage
        report.SOPInstanceUID = report.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3")
        report.save_as(images / name, enforce_file_format=True)
    with (images / "list.csv").open("w", newline="", encoding="utf-8") as file:
        rows = [("image", "who"), ("a.png", "p"), *((cell, "q") for cell in CELLS), ("a.png", "r")]
        csv.writer(file).writerows(rows)
    return images / "list.csv"


def test_each_cell_that_is_no_image_is_named_and_the_rest_is_predicted(
    model: Path, table: Path
) -> None:
    code, rows, said = predict(model, table)
    assert code == 1
    assert f"not readable: {len(CELLS)} of {len(CELLS) + 2} images" in said
    first, *wrong, last = rows
    assert [row["image"] for row in wrong] == list(CELLS)
    for row, (cell, told) in zip(wrong, CELLS.items(), strict=True):
        assert row["note"].startswith(told), cell
        assert row["no"] == row["yes"] == row["unlike_training"] == ""
    for row in (first, last):
        assert float(row["no"]) + float(row["yes"]) == pytest.approx(1, abs=1e-5)


def test_a_patient_one_of_whose_images_is_none_is_named_and_others_are_predicted(
    model: Path, table: Path
) -> None:
    _, rows, _ = predict(model, table, "--patients", "who")
    assert [(row["image"], row["no"] == "", row["note"]) for row in rows] == [
        ("p", False, ""),
        ("q", True, NO_IMAGE),
        ("r", False, ""),
    ]
