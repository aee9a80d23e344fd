"""A DICOM file of a patient, and what a model says of it."""

from pathlib import Path
from typing import Any

from benchmarks.dicom_files import write
from pydicom import Dataset
from pydicom.uid import generate_uid

from pleura.deploy.package import Model
from pleura.deploy.predictor import Asked, Prediction, predictions
from tests.deploy.predicting import PIXELS

WHO = {
    "PatientID": "MRN-7",
    "PatientName": "Müller^Jürgen",
    "PatientBirthDate": "19700102",
    "PatientSex": "M",
    "AccessionNumber": "A1",
    "StudyID": "S1",
    "StudyDate": "20200304",
    "StudyTime": "101112",
}
UIDS = {
    "StudyInstanceUID": generate_uid(),
    "SeriesInstanceUID": generate_uid(),
    "SOPInstanceUID": generate_uid(),
}
GOOD = {"SpecificCharacterSet": "ISO_IR 100", **WHO, **UIDS}


def made(folder: Path, **elements: Any) -> str:
    return write(folder / "a.dcm", PIXELS[5], **{**GOOD, **elements})


def seen(loaded: Model, *images: str) -> Prediction:
    [prediction] = predictions(loaded, [Asked("a", list(images))])
    assert prediction.error is None
    return prediction


def written(data: Dataset, path: Path) -> Path:
    data.save_as(path, enforce_file_format=True)
    return path
