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
