"""Which columns of other people's tables are taken for ours."""

from pathlib import Path

import pandas as pd
import pytest

from pleura.data.tables import Cells
from pleura.errors import InputError
from pleura.study.new.columns import own_columns

PATH = Path("t.csv")


def columns(*names: str, **given: str) -> dict[str, str]:
    cells = {name: ["a.png", "b.png"] if "file" in name else ["u", "v"] for name in names}
    return own_columns(PATH, Cells(pd.DataFrame(cells)), given)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("image", "label", "patient"), {}),
        (
            ("file", "patient_id", "video_id", "source_id", "label"),
            {"image": "file", "patient": "patient_id", "video": "video_id"},
        ),
        (
            ("Image", "Diagnosis", "Subject"),
            {"image": "Image", "label": "Diagnosis", "patient": "Subject"},
        ),
        (("file", "label_uncertain", "label"), {"image": "file"}),
    ],
)
def test_columns_are_known_by_name_likeness_and_contents(
    names: tuple[str, ...], expected: dict[str, str]
) -> None:
    found = columns(*names)
    assert {ours: theirs for ours, theirs in found.items() if ours != theirs} == expected


def test_a_column_that_is_given_comes_first() -> None:
    assert columns("file", "patient", "pid", patient="pid")["patient"] == "pid"
    with pytest.raises(InputError, match="no column 'pd'; did you mean 'pid'"):
        columns("file", "pid", patient="pd")
    with pytest.raises(InputError, match="'who' is none of"):
        columns("file", "pid", who="pid")


@pytest.mark.parametrize(
    "name",
    ["patient_age", "PatientSex", "patient weight", "patient_name", "patient_position", "case"],
)
def test_what_is_only_like_a_patient_is_none(name: str) -> None:
    assert columns("file", name, "label") == {"image": "file", "label": "label"}
    found = columns("file", name, "label", "Patient ID", "subject")
    assert found["patient"] == "Patient ID"


def test_the_surest_name_is_taken_and_not_the_first() -> None:
    assert columns("file", "subject", "pid", "patient", "clip")["patient"] == "patient"
    assert "video" not in columns("file", "side", "label")


def test_two_columns_of_image_files_are_asked_about() -> None:
    with pytest.raises(InputError, match="--column image=NAME"):
        columns("file", "other_file", "label")
