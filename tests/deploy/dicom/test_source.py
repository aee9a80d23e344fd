"""Whose a DICOM file is."""

from pathlib import Path

import pytest

from pleura.deploy.dicom.source import source_of
from pleura.errors import InputError
from tests.deploy.dicom.files import made


@pytest.mark.parametrize(
    ("elements", "why"),
    [
        ({"StudyInstanceUID": ""}, "no valid StudyInstanceUID"),
        ({"PatientID": "x" * 65}, "its PatientID is not valid"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_does_not_say_whose_it_is_is_refused(
    tmp_path: Path, elements: dict[str, str], why: str
) -> None:
    with pytest.raises(InputError, match=why):
        source_of(made(tmp_path, **elements))


def test_what_is_not_valid_and_tells_nobody_is_left_out(tmp_path: Path) -> None:
    its = source_of(made(tmp_path, PatientSex="X")).reference
    assert (its.PatientSex, its.PatientID) == ("", "MRN-7")
