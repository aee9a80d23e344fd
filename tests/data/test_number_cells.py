"""Numbers that may mean something else than they say."""

from pathlib import Path

import pytest

from pleura.data.number_cells import doubts, read_number_cells
from pleura.data.numbers import with_numbers
from pleura.data.subgroup_column import SubgroupColumn
from pleura.data.subgroups import subgroups_of
from tests.data.test_numbers import manifest_of

AGES = ["41", "63", "", "57.5", "20"]


def told(folder: Path, cells: list[str]) -> list[str]:
    return list(doubts(read_number_cells(manifest_of(folder, cells), "age")))


@pytest.mark.parametrize("code", ["-1", "-9", "-99", "-999.0", "999", "9999", "888", "777"])
def test_a_code_for_what_is_not_known_is_asked_about(tmp_path: Path, code: str) -> None:
    (note,) = told(tmp_path, [*AGES, code, code])
    assert f"says {float(code):g} in 2 rows, far from all other numbers (20 to 63)" in note
    assert "empty these cells" in note


def test_each_code_is_told(tmp_path: Path) -> None:
    assert [note.split(" in ")[0] for note in told(tmp_path, [*AGES, "-9", "999"])] == [
        "column age says -9",
        "column age says 999",
    ]


@pytest.mark.parametrize(
    "cells",
    [
        [*AGES, "99"],  # an age
        [*AGES, "-9", "-40", "-2.5"],
        ["7", "8", "9", "10"],
        ["999", "1024", "600"],
        ["99", "99"],
        [*AGES, "", "-"],
        ["1.234", "2.500", "3.125"],  # all have three digits after the point
        ["1.234", "2", "3"],
        ["412", "87.5", "1.234"],
    ],
)
def test_plain_numbers_are_not(tmp_path: Path, cells: list[str]) -> None:
    assert told(tmp_path, cells) == []


def test_thousands_with_a_point_are_asked_about(tmp_path: Path) -> None:
    (note,) = told(tmp_path, ["412", "987", "1.234", "2.001"])
    assert "2 cells such as '1.234' are read as 1.234, and all others are whole numbers" in note


def test_studies_of_numbers_and_subgroups_tell_them(tmp_path: Path) -> None:
    manifest = manifest_of(tmp_path, [*AGES, "999"])
    assert any("says 999 in 1 row" in note for note in with_numbers(manifest, "age").notes)
    by_age = subgroups_of(manifest, [SubgroupColumn("age", (0, 18, 65))])
    assert any("age: column age says 999 in 1 row" in note for note in by_age.notes)
