from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.dicom_files import BUNDLED, dataset, write
from pydicom import Dataset

from pleura.data.readers.dicom.described import describe, describe_file, taken_on
from pleura.data.readers.dicom.header import read_header
from pleura.data.readers.dicom.telling import NUMBERS
from pleura.errors import InputError

WHO = {
    "PatientName": "Doe^Jane^van",
    "PatientID": "MRN-4711",
    "IssuerOfPatientID": "Clinic-17",
    "OtherPatientNames": "Smith^Janet",
    "PatientBirthDate": "19800229",
    "PatientAddress": "12 Elm Street",
    "PatientComments": "works at Acme",
    "StudyDate": "20200301",
    "SeriesDate": "20200302",
    "StudyTime": "134501",
    "AccessionNumber": "A123456",
    "StudyID": "S998877",
    "InstitutionName": "General Hospital",
    "StationName": "ROOM5XR",
    "ReferringPhysicianName": "House^Gregory",
    "OperatorsName": "Miller^Ann",
    "DeviceSerialNumber": "SN-550011",
    "StudyInstanceUID": "1.2.826.0.1.1",
    "SeriesInstanceUID": "1.2.826.0.1.2",
    "FrameOfReferenceUID": "1.2.826.0.1.3",
    "SOPInstanceUID": "1.2.826.0.1.4",
}
WHAT = {
    "Modality": "DX",
    "ViewPosition": "PA",
    "ImageLaterality": "L",
    "PatientSex": "F",
    "Manufacturer": "Siemens Healthineers",
    "ManufacturerModelName": "Ysio Max",
    "BurnedInAnnotation": "NO",
    "PixelSpacing": [0.2, 0.1],
}


def header(**elements: Any) -> Dataset:
    return dataset(np.zeros((4, 6), np.uint8), **{**WHO, **WHAT, **elements})


def identifiers(made: Dataset, keywords: Collection[str] = WHO) -> set[str]:
    """All texts of a header that tell who or when, and their words; `keywords` say which besides
    names of persons, UIDs, dates and times."""
    texts = set()
    for element in made.iterall():
        if element.VR in ("PN", "UI", "DA", "TM", "DT") or element.keyword in keywords:
            text = str(element.value)
            texts |= {text, *text.replace("^", " ").split()}
    return {text.casefold() for text in texts if len(text) > 2}


def test_what_is_known() -> None:
    known = describe(header(), "secret").as_dict()
    assert {name: known[name] for name in ("modality", "view", "laterality", "sex")} == {
        "modality": "DX",
        "view": "PA",
        "laterality": "L",
        "sex": "F",
    }
    assert (known["manufacturer"], known["model"]) == ("Siemens Healthineers", "Ysio Max")
    assert known["age"] == 40  # 1980-02-29 to 2020-03-01
    assert (known["burned_in"], known["frames"]) == ("NO", 1)
    assert known["year"] == 2020
    assert (known["rows"], known["columns"]) == (4, 6)
    assert (known["row_mm"], known["column_mm"]) == (0.2, 0.1)
    assert known["spacing_from"] == "PixelSpacing"
    assert describe(header(PixelSpacing=None), "secret").spacing_from == ""


def test_no_identifier_is_left() -> None:
    made = header()
    told = repr(describe(made, "secret")).casefold()
    assert len(identifiers(made)) > 25
    assert [text for text in identifiers(made) if text in told] == []


def test_a_name_in_a_text_that_is_kept_takes_the_text_out() -> None:
    made = header(ViewPosition="AP JANE", Manufacturer="for Dr. House", Modality="20200301")
    told = describe(made, "secret")
    assert (told.view, told.manufacturer, told.modality) == ("", "", "")
    assert told.model == "Ysio Max"
    nested, made = Dataset(), header(ViewPosition="LL 4712")
    nested.PatientID = "4712"
    made.OtherPatientIDsSequence = [nested]
    assert describe(made, "secret").view == ""


def test_words_that_tell_nothing_take_no_text_out() -> None:
    made = header(Manufacturer="GE Medical Systems", InstitutionName="Medical Centre")
    made.SeriesDescription, made.ViewPosition = "Thorax LATERAL", "LATERAL"
    told = describe(made, "secret")
    assert (told.manufacturer, told.view) == ("GE Medical Systems", "LATERAL")


def test_no_identifier_of_pydicom_s_files_is_left() -> None:
    checked = 0
    for path in BUNDLED.glob("*.dcm"):
        try:
            told = describe_file(path, "secret").as_dict()
        except InputError as error:
            assert str(path) in str(error)
            continue
        made = read_header(path)
        words = repr([value for value in told.values() if isinstance(value, str)]).casefold()
        assert [
            text for text in identifiers(made, NUMBERS) if len(text) > 3 and text in words
        ] == []
        checked += 1
    assert checked > 40


def test_hashes_hang_on_the_salt_and_the_patient_alone() -> None:
    one, again = describe(header(), "secret"), describe(header(StudyTime="1200"), "secret")
    assert one == again
    other = describe(header(), "another")
    assert len({one.patient, other.patient, one.study, one.series, one.image}) == 5
    assert describe(header(PatientID="MRN-4712"), "secret").patient != one.patient
    with pytest.raises(InputError, match="salt"):
        describe(header(), "")


@pytest.mark.parametrize(
    "another",
    [{"PatientID": "mrn-4711 "}, {"PatientID": "MRN-04711"}, {"IssuerOfPatientID": ""}],
)
def test_a_patient_is_one_however_the_number_is_spelled(another: dict[str, str]) -> None:
    one, other = describe(header(), "secret"), describe(header(**another), "secret")
    assert one.patient == other.patient


@pytest.mark.parametrize("number", ["", "ANONYMOUS", "unknown", "^"])
def test_a_number_that_names_nobody_is_no_patient(number: str) -> None:
    assert describe(header(PatientID=number), "secret").patient == ""


def test_of_dates_the_year_alone_is_left() -> None:
    made = header(StudyDate="", AcquisitionDate="20191231")
    assert (describe(made, "secret").year, taken_on(made)) == (2019, date(2019, 12, 31))
    made = header(StudyDate="2020-3-1")
    assert (describe(made, "secret").year, taken_on(made)) == (None, None)


@pytest.mark.parametrize(
    ("age", "years"),
    [("045Y", 45), ("018M", 1.5), ("006M", 0.5), ("026W", 5 / 12), ("095Y", 90), ("36M", 3)],
)
def test_ages(age: str, years: float) -> None:
    assert describe(header(PatientAge=age), "secret").age == pytest.approx(years)


@pytest.mark.parametrize("age", ["", "Y", "abcY", "45"])
def test_without_an_age_the_birth_date_tells(age: str) -> None:
    assert describe(header(PatientAge=age), "secret").age == 40
    assert describe(header(PatientAge=age, PatientBirthDate=""), "secret").age is None
    assert describe(header(PatientAge=age, PatientBirthDate="20300101"), "secret").age is None


def test_it_is_read_from_a_file_without_its_pixels(tmp_path: Path) -> None:
    address = write(tmp_path / "a.dcm", np.zeros((4, 6), np.uint8), **WHO, **WHAT)
    data = Path(address).read_bytes()
    Path(address).write_bytes(data[:-24])
    assert describe_file(Path(address), "secret").view == "PA"
    (tmp_path / "b.dcm").write_bytes(data[:150])
    with pytest.raises(InputError, match=r"b\.dcm: says not how it is encoded"):
        describe_file(tmp_path / "b.dcm", "secret")
    (tmp_path / "b.dcm").write_bytes(data[:141])
    with pytest.raises(InputError, match=r"b\.dcm: damaged header"):
        describe_file(tmp_path / "b.dcm", "secret")
    with pytest.raises(InputError, match=r"c\.dcm: no DICOM file"):
        describe_file(tmp_path / "c.dcm", "secret")
