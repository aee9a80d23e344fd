"""What tells patients in spite of hashes is warned of, with counts."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks.dicom_files import write

from pleura.data.index.folder import index_folder
from pleura.data.index.headers import header_of
from pleura.data.index.privacy import privacy_warnings
from pleura.data.index.rows import Entry


def dicom(path: Path, **elements: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    uid = f"1.2.826.77.{sum(map(ord, path.as_posix()))}"
    write(path, np.zeros((4, 6), np.uint8), **{"SOPInstanceUID": uid, **elements})


def warnings(folder: Path, *patterns: str) -> list[str]:
    told = index_folder(folder, patterns=patterns, overwrite=True).told
    return [line for line in told if line.startswith("warning")]


def test_paths_that_hold_what_their_header_says_of_the_patient_are_counted(tmp_path: Path) -> None:
    dicom(tmp_path / "DOE_JANE_0.dcm", PatientName="Doe^Jane", PatientID="M1")
    dicom(tmp_path / "x" / "19700101.dcm", PatientBirthDate="19700101", PatientID="M2")
    dicom(tmp_path / "x" / "1.2.826.5.dcm", SOPInstanceUID="1.2.826.5", PatientID="M3")
    dicom(tmp_path / "x" / "doe_2.dcm", PatientName="Smith^Ann", PatientID="M4")
    (line,) = warnings(tmp_path)
    assert "the paths of 3 of 4 DICOM files hold a part of a name" in line
    assert "DOE_JANE_0.dcm, x/1.2.826.5.dcm, x/19700101.dcm" in line


@pytest.mark.parametrize("table", ["t.csv", "beside/t.csv", "DOE_JANE/t.csv"])
def test_what_the_table_writes_before_a_path_is_looked_at(table: str, tmp_path: Path) -> None:
    folder = tmp_path / "DOE_JANE"
    dicom(folder / "0.dcm", PatientName="Doe^Jane", PatientID="M1")
    told = index_folder(folder, tmp_path / table, overwrite=True).told
    found = [line for line in told if line.startswith("warning")]
    assert len(found) == (table != "DOE_JANE/t.csv")
    assert all("the paths of 1 of 1 DICOM file hold" in line for line in found)


def test_paths_of_masks_and_dates_of_any_order_are_looked_at(tmp_path: Path) -> None:
    dicom(tmp_path / "images" / "04-03-2019.dcm", StudyDate="20190304", PatientID="M1")
    assert "images/04-03-2019.dcm" in warnings(tmp_path)[0]
    entry = Entry(Path("0.dcm"), header_of(tmp_path / "images" / "04-03-2019.dcm", "salt"), {})
    masks = {Path("0.dcm"): Path("masks/4.3.2019.png")}
    assert not [*privacy_warnings([entry], "", {})]
    assert "hold a part of a name" in next(privacy_warnings([entry], "", masks))


def test_a_pattern_that_takes_a_name_instead_of_the_hash_is_warned_of(tmp_path: Path) -> None:
    for number in range(2):
        dicom(tmp_path / "PAT0_DOE^JANE" / f"{number}.dcm", PatientName="Doe^Jane", PatientID="7")
    lines = warnings(tmp_path, "{patient}/{any}")
    assert len(lines) == 2
    assert "the patients of 2 of 2 DICOM files are such parts by your pattern" in lines[1]
    assert len(warnings(tmp_path)) == 1


def test_names_in_pixels_are_warned_of_where_headers_say_so(tmp_path: Path) -> None:
    for number, burned in enumerate(["YES", "NO", "", "YES"]):
        dicom(tmp_path / f"i{number}.dcm", PatientID=f"M{number}", BurnedInAnnotation=burned)
    (line,) = warnings(tmp_path)
    assert "the headers of 2 of 4 DICOM files say that names may stand in their pixels" in line
    assert "i0.dcm, i3.dcm" in line


def test_paths_without_such_a_part_bring_no_warning(tmp_path: Path) -> None:
    dicom(tmp_path / "ill" / "IM0001.dcm", PatientName="Doe^Jane", PatientID="0001234")
    assert warnings(tmp_path) == []
