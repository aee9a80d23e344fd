"""Small folders of made-up images."""

import csv
from pathlib import Path

import numpy as np
from benchmarks.dicom_files import write
from PIL import Image


def make(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (6, 4)).save(path)
    return folder


def dicom(folder: Path, name: str, patient: str, number: int, **elements: object) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((4, 6 + number), np.uint8)
    uid = f"1.2.{number}"
    write(folder / name, pixels, PatientID=patient, SOPInstanceUID=uid, **elements)


def rows_of(table: Path) -> list[dict[str, str]]:
    with table.open(newline="") as file:
        return list(csv.DictReader(file))
