"""Tables of folders in which DICOM headers know some patients and names others."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from pleura.data.index.folder import index_folder
from pleura.data.index.propose import Proposal
from pleura.errors import InputError
from tests.data.index.made import dicom, make, rows_of

PEOPLE = range(4)


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """`P0_1.dcm`, whose header names P0, and `P0_2.png` of each of four people."""
    for who in PEOPLE:
        dicom(tmp_path, f"P{who}_1.dcm", f"P{who}", who)
        make(tmp_path, f"P{who}_2.png")
    return tmp_path


def partition(table: Path) -> list[list[str]]:
    """The files of each patient."""
    files: dict[str, list[str]] = {}
    for row in rows_of(table):
        files.setdefault(row["patient"], []).append(row["image"])
    return [*files.values()]


def test_what_agrees_with_headers_is_proposed_first_and_counted_as_the_option(mixed: Path) -> None:
    asked: list[Proposal] = []

    def ask(proposals: Sequence[Proposal]) -> Proposal:
        asked.extend(proposals)
        return proposals[0]

    found = index_folder(mixed, ask=ask)
    assert partition(found.table) == [[f"P{who}_1.dcm", f"P{who}_2.png"] for who in PEOPLE]
    assert not [line for line in found.told if "counts as two" in line]
    for proposal in asked:
        again = index_folder(mixed, patterns=proposal.patterns, overwrite=True)
        assert len(partition(again.table)) == proposal.patients
    assert "nobody has both DICOM files" in str(asked[-1])


def test_a_pattern_that_divides_people_of_headers_keeps_their_other_files(tmp_path: Path) -> None:
    for who in PEOPLE:
        for view in "ab":
            dicom(tmp_path, f"P{who}{view}_1.dcm", f"P{who}", 2 * who + (view == "b"))
            make(tmp_path, f"P{who}{view}_2.png")
    found = index_folder(tmp_path, patterns=["{patient}_{number}"])
    assert [len(files) for files in partition(found.table)] == [4] * len(PEOPLE)
    assert any("8 patients by names, 4 patients by headers" in line for line in found.told)


def test_files_without_a_patient_are_of_the_one_of_their_study(tmp_path: Path) -> None:
    for who in PEOPLE:
        study = {"StudyInstanceUID": f"1.9.{who}"}
        dicom(tmp_path, f"X{who}_1.dcm", f"P{who}", 2 * who, **study)
        dicom(tmp_path, f"Y{who}_2.dcm", "", 2 * who + 1, **study)
    for patterns in ([], ["{patient}_{number}"]):
        found = index_folder(tmp_path, patterns=patterns, overwrite=True)
        assert partition(found.table) == [[f"X{who}_1.dcm", f"Y{who}_2.dcm"] for who in PEOPLE]
        told = "4 DICOM files without a patient in the header have the one of their study"
        assert told in found.told
        assert not [line for line in found.told if line.startswith("warning")]


def test_a_study_that_all_files_share_tells_nothing(tmp_path: Path) -> None:
    for who in PEOPLE:
        dicom(tmp_path, f"X{who}.dcm", "P" * (not who), who, StudyInstanceUID="1.9")
    with pytest.raises(InputError, match="of 3 files nothing says who the patient is"):
        index_folder(tmp_path)


def test_studies_of_two_patients_whom_names_alone_tell_are_warned_of(tmp_path: Path) -> None:
    for who in PEOPLE:
        study = {"StudyInstanceUID": f"1.9.{who}"}
        dicom(tmp_path, f"X{who}_1.dcm", "", 2 * who, **study)
        dicom(tmp_path, f"Y{who}_2.dcm", "", 2 * who + 1, **study)
    told = index_folder(tmp_path, patterns=["{patient}_{number}"]).told
    (line,) = [line for line in told if "one study, so one person" in line]
    assert "X0, Y0 are one study" in line
    assert "there are 4 such studies" in line


def test_headers_that_know_some_patients_leave_the_others_open(mixed: Path) -> None:
    with pytest.raises(InputError, match="of 4 files nothing says who the patient is"):
        index_folder(mixed)
