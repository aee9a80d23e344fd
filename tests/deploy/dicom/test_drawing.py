"""Heat maps of `pleura predict` as DICOM files."""

import csv
from pathlib import Path

import pytest
from benchmarks.dicom_files import write
from PIL import Image
from pydicom import dcmread

from pleura.deploy.title import OF_STUDY, title_of
from pleura.errors import InputError
from tests.deploy.dicom.files import made
from tests.deploy.predicting import PIXELS, deep, model, predict

__all__ = ["deep", "model"]  # fixtures


def test_predict_writes_captures_of_dicom_files_alone(deep: Path, tmp_path: Path) -> None:
    address, out = made(tmp_path), tmp_path / "maps"
    for name in OF_STUDY:
        (deep.parent / name).touch()
    code, [row], _ = predict(deep, address, "--heatmaps", out, "--heatmaps-as", "dicom")
    assert code == 0
    assert row["heatmap"].endswith(".dcm")
    capture = dcmread(out / row["heatmap"])
    assert capture.PatientID == "MRN-7"
    # As the page of the same model calls it, so that an archive has one name for it.
    assert capture.ManufacturerModelName == title_of(deep, {}) == deep.parent.name
    Image.fromarray(PIXELS[0]).save(tmp_path / "b.png")
    for wrong, told in (
        ([tmp_path / "b.png", "--heatmaps", out], "no DICOM files"),
        ([address], "name their folder by --heatmaps"),
    ):
        with pytest.raises(InputError, match=told):
            predict(deep, *wrong, "--heatmaps-as", "dicom")
    table = tmp_path / "t.csv"
    with table.open("w") as file:
        csv.writer(file).writerows([("image", "who"), (address, "7")])
    with pytest.raises(InputError, match="--patients puts several"):
        predict(deep, table, "--patients", "who", "--heatmaps", out, "--heatmaps-as", "dicom")


def test_a_file_without_a_study_is_predicted_without_a_capture(deep: Path, tmp_path: Path) -> None:
    address = write(tmp_path / "a.dcm", PIXELS[5])
    _, [row], _ = predict(deep, address, "--heatmaps", tmp_path / "maps", "--heatmaps-as", "dicom")
    assert row["heatmap"] == ""
    assert "no valid StudyInstanceUID" in row["note"]
