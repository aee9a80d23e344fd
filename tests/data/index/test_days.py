"""Days hide dates, and keep what lies between two images of one patient of the table."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.dicom_files import write

from pleura.data.index.days import with_days
from pleura.data.index.folder import index_folder
from pleura.data.index.headers import Header
from pleura.data.index.rows import Entry


def days(folder: Path, *patterns: str) -> dict[str, str]:
    """The day of each file by its name, in the table of a folder."""
    table = index_folder(folder, patterns=patterns, overwrite=True).table
    with table.open(newline="") as file:
        return {row["image"]: row.get("day", "") for row in csv.DictReader(file)}


def dicom(path: Path, number: int, **elements: Any) -> None:
    uids = {"SOPInstanceUID": f"1.2.{number}", "StudyInstanceUID": f"1.3.{number}"}
    write(path, np.zeros((4, 6 + number), np.uint8), **{**uids, **elements})


@pytest.mark.parametrize("nobody", ["", "ANONYMOUS"])
def test_days_between_studies_of_a_patient_that_names_alone_tell_are_kept(
    nobody: str, tmp_path: Path
) -> None:
    for number, taken in enumerate(["20190301", "20190302", "20200301", "20190301"]):
        path = tmp_path / f"p{number // 3}_{number}.dcm"
        dicom(path, number, PatientID=nobody, StudyDate=taken)
    of = {name: int(day) for name, day in days(tmp_path, "{patient}_{any}").items()}
    assert of["p0_1.dcm"] - of["p0_0.dcm"] == 1
    assert of["p0_2.dcm"] - of["p0_0.dcm"] == 366  # 2020 has a 29 February
    assert of["p1_3.dcm"] != of["p0_0.dcm"]


def test_no_date_stands_in_the_table_where_the_header_names_nobody(tmp_path: Path) -> None:
    taken = date(2021, 3, 4)
    for number in range(2):
        dicom(
            tmp_path / f"p{number}.dcm",
            number,
            PatientID="",
            StudyInstanceUID="",
            StudyDate=f"{taken:%Y%m%d}",
        )
    assert str(taken.toordinal()) not in days(tmp_path, "{patient}").values()


def test_days_of_a_patient_of_headers_are_kept_whatever_studies_they_are_of(tmp_path: Path) -> None:
    for number, (patient, taken) in enumerate([("MRN-7", "20200101"), ("mrn-007", "20191231")]):
        dicom(tmp_path / f"{number}.dcm", number, PatientID=patient, StudyDate=taken)
    of = days(tmp_path)
    assert int(of["0.dcm"]) - int(of["1.dcm"]) == 1


def test_without_a_salt_a_patient_or_a_date_there_is_no_day() -> None:
    def day(taken: date | None, patient: str, salt: str) -> int | None:
        entry = Entry(Path("a.dcm"), Header("dicom", 6, 4, 8, taken=taken), {"patient": patient})
        return with_days([entry], salt)[0].day

    taken = date(2021, 3, 4)
    assert day(taken, "p1", "secret") is not None
    assert day(taken, "p1", "secret") == day(taken, "P01", "secret")  # one patient, two spellings
    assert day(taken, "p1", "secret") != day(taken, "p1", "another")
    assert [day(None, "p1", "secret"), day(taken, "", "secret"), day(taken, "p1", "")] == [None] * 3
