"""What is wrong with single rows and labels of a table, told with row and file."""

import pytest

from pleura.data.manifest_file import read_manifest
from tests.data.conftest import Row, WriteTable
from tests.data.test_manifest import ROWS, changed


@pytest.mark.parametrize(
    ("rows", "problems"),
    [
        (changed(1, image="missing.png"), ["row 3 (missing.png): no such file"]),
        (changed(1, patient=" "), ["row 3 (normal/1.png): no patient"]),
        (changed(1, image=""), ["row 3 (): no image"]),
        (
            changed(1, image="x/../../1.png"),
            [
                "row 3 ({above}/1.png): {above}/1.png is outside the manifest's folder; "
                "if that is meant, write the whole path"
            ],
        ),
        (changed(1, image="viral/0.png"), ["row 3 (viral/0.png): same image as row 2"]),
        (
            changed(1, label=""),
            [
                "row 3 (normal/1.png): no label; give it one or leave such rows out "
                "with where: {label: '?*'} under data:"
            ],
        ),
        (
            changed(1, label="Nor mal"),
            [
                "labels 'Nor mal', 'normal' differ in case, blanks, _ or - only: "
                "row 3 (normal/1.png), row 4 (normal/2.png)"
            ],
        ),
        (
            [{**row, "video": "v"} for row in ROWS[:2]],
            ["row 3 (normal/1.png): video v is of patient p1, but of p0 in row 2"],
        ),
        (
            [
                {**row, "patient": name}
                for row, name in zip(ROWS[:3], ["x", "1E+05", "1E+05"], strict=True)
            ],
            [
                "row 3 (normal/1.png): patient '1E+05' is a number of which a spreadsheet may have "
                "kept the first digits only, so that several can have become one; save the column "
                "as text, with all digits"
            ],
        ),
        (
            [
                {**row, "patient": name}
                for row, name in zip(ROWS[:2], ["P1", "\u04201"], strict=True)
            ],
            [
                "row 3 (normal/1.png): patient '\u04201' and 'P1' (row 2) differ in spelling only, "
                "one with CYRILLIC CAPITAL LETTER ER"
            ],
        ),
        (
            [{**row, "label": name} for row, name in zip(ROWS[:2], ["a", "\u0430"], strict=True)],
            [
                "labels 'a', '\u0430' differ in CYRILLIC SMALL LETTER A or case, blanks, _ or - "
                "only: row 2 (viral/0.png), row 3 (normal/1.png)"
            ],
        ),
        (
            [{**row, "mask": "missing_mask.png" if at else ""} for at, row in enumerate(ROWS[:2])],
            ["row 3 (normal/1.png): no such file {folder}/missing_mask.png"],
        ),
    ],
)
def test_problems_name_row_and_file(
    write_table: WriteTable, rows: list[Row], problems: list[str]
) -> None:
    path = write_table(rows)
    folder = str(path.parent)
    above = str(path.parent.parent)
    expected = tuple(
        problem.replace("{folder}", folder).replace("{above}", above) for problem in problems
    )
    assert read_manifest(path).problems == expected
