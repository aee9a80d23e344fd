"""Texts that hold something of the patient are known, however it is written."""

import numpy as np
import pytest
from benchmarks.dicom_files import dataset
from pydicom import Dataset, Sequence

from pleura.data.readers.dicom.described import describe
from pleura.data.readers.dicom.telling import LONG, telling_of, tells


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("O'Brien^Sean", "probe of OBRIEN", True),
        ("Obrien^Sean", "probe of O'Brien", True),
        ("Meyer-Lueg^Eva", "probe of Meyer", True),
        ("Li^Wu", "probe of Wu Li", True),
        ("Li^Wu", "Lighthouse Wuhan", False),
        ("AP^Li", "AP", False),
    ],
)
def test_a_name_is_known_in_a_text(name: str, text: str, told: bool) -> None:
    header = dataset(np.zeros((4, 6), np.uint8), PatientName=name, ManufacturerModelName=text)
    assert tells(text, telling_of(header)) == told
    assert describe(header, "secret").model == ("" if told else text)


def test_what_stands_in_a_sequence_tells_and_the_sequence_is_not_written_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    item = Dataset()
    item.PatientName = "Doe^Jane"
    header = dataset(np.zeros((4, 6), np.uint8), ReferencedPatientSequence=[item])
    monkeypatch.delattr(Sequence, "__str__")
    monkeypatch.setattr(Sequence, "__repr__", None)  # a text of all items, for each of them
    assert tells("doe", telling_of(header))


def test_initials_of_others_take_no_view_out() -> None:
    header = dataset(np.zeros((4, 6), np.uint8), OperatorsName="AP^Dr", ViewPosition="AP axial")
    assert describe(header, "secret").view == "AP axial"


@pytest.mark.parametrize(
    ("name", "path", "told"),
    [
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "山田_太郎.dcm", True),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "やまだ1.dcm", True),
        ("王^伟", "王伟.dcm", True),
        ("王^伟", "王_伟_3.dcm", True),
        ("李^明", "李明_2020.dcm", True),
        ("Kim^Minsu=김^민수", "김민수.dcm", True),
        ("Kim^Minsu=김^민수", "김철수.dcm", False),
        ("Wang^Wei", "wangwei.dcm", True),
        ("Wang^Wei", "wei-wang1.dcm", True),
        ("Nguyễn^Văn An", "nguyen_an.dcm", True),
        ("Müller^Jürgen", "mueller_1.dcm", True),
        ("Müller^Jürgen", "MULLER_1.dcm", True),
        ("Mueller^Jo", "Müller_1.dcm", True),
        ("Łęcki^Jan", "lecki1.dcm", True),
        ("王^伟", "王.dcm", False),
        ("Wang^Wei", "swanweight.dcm", False),
    ],
)
def test_names_of_any_script_are_known_in_a_path(name: str, path: str, told: bool) -> None:
    header = dataset(
        np.zeros((4, 6), np.uint8), SpecificCharacterSet="ISO_IR 192", PatientName=name
    )
    assert tells(path, telling_of(header), LONG) == told


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("covid/DOE_JANE_0.dcm", True),
        ("covid/19700101/0.dcm", True),
        ("covid/1970-01-01/0.dcm", True),
        ("mrn004711/0.dcm", True),
        ("x/4711_0.dcm", True),
        ("x/1.2.826.77.4.dcm", True),
        ("x/doecmented/jan.dcm", False),
        ("x/IM0001.dcm", False),
    ],
)
def test_what_is_of_the_patient_is_known_in_a_path(path: str, told: bool) -> None:
    header = dataset(
        np.zeros((4, 6), np.uint8),
        PatientName="Doe^Jane",
        PatientID="MRN-004711" if "mrn" in path else "MRN-4711",
        PatientBirthDate="19700101",
        SOPInstanceUID="1.2.826.77.4",
    )
    assert tells(path, telling_of(header), LONG) == told
