"""Which column of a user's table names the files: by what it names, not by where it stands."""

from pathlib import Path

import pandas as pd
import pytest

from pleura.data.index.folder import index_folder
from pleura.data.index.naming import naming_of
from pleura.errors import InputError
from tests.data.index.made import make, rows_of

NUMBERS = [Path(f"{number}.png") for number in range(1, 101)]
ROWS = [str(number) for number in range(1, 101)]


def table(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype=str)


def named(of: pd.DataFrame, *files: str) -> tuple[str, str, list[list[str]]]:
    """The column, the doubt, and the files of each row."""
    its, doubt = naming_of(of, [*map(Path, files)] or NUMBERS)
    assert its is not None
    return its.column, doubt, [[file.as_posix() for file in row] for row in its.of_rows]


def test_numbered_patients_go_before_a_column_of_0_and_1() -> None:
    column, doubt, rows = named(table(tb=["0", "1"] * 50, patient=ROWS))
    assert (column, doubt) == ("patient", "")
    assert rows == [[f"{number}.png"] for number in ROWS]


def test_numbered_patients_go_before_their_ages() -> None:
    ages = [str(20 + number % 60) for number in range(100)]
    assert named(table(age=ages, patient=ROWS))[:2] == ("patient", "")


def test_two_columns_that_name_other_files_are_refused() -> None:
    doubt = named(table(id=ROWS, patient=ROWS[::-1]))[1]
    assert "columns 'id' (100 files) and 'patient' (100 files) both name files" in doubt
    its, doubt = naming_of(table(id=ROWS, patient=ROWS[::-1]), NUMBERS, "patient")
    assert its is not None
    assert (its.column, doubt) == ("patient", "")
    assert named(table(patient=ROWS, id=ROWS))[:2] == ("id", "")  # of the same files


def test_a_column_that_is_called_as_one_of_files_is_not_passed_over() -> None:
    images = [*ROWS[:30], *(f"x{number}" for number in range(70))]
    doubt = named(table(image=images, age=ROWS[::-1]))[1]
    assert "'age' (100 files) and 'image' (30 files)" in doubt


def test_few_files_by_numbers_alone_are_refused() -> None:
    names = [f"p{number}" for number in ROWS]
    doubt = named(table(pid=names, tb=["0", "1"] * 50))[1]
    assert "column 'tb' names 1 file of 100 by numbers, in 100 rows" in doubt


@pytest.mark.parametrize(
    ("cells", "files", "found"),
    [
        (["12.1", "12.2"], ["12.1.png", "12.2.png", "12.png"], ["12.1.png", "12.2.png"]),
        (["1.2.840.1"], ["1.2.840.1.dcm", "1.2.840.2.dcm"], ["1.2.840.1.dcm"]),
        (["1.2.840.1"], ["1.2.840.1", "1.2.840.2"], ["1.2.840.1"]),
        (["12.1", "13.1"], ["12.png", "13.1.png"], [None, "13.1.png"]),
        (["12.0", "13.0"], ["12.png", "13.png"], ["12.png", "13.png"]),
        (["a.jpg", "b.JPG"], ["a.png", "b.png"], ["a.png", "b.png"]),
        (["a", "b"], ["a.IMA", "b.ima"], ["a.IMA", "b.ima"]),
    ],
)
def test_what_stands_behind_a_point_is_an_ending_only_of_images(
    cells: list[str], files: list[str], found: list[str | None]
) -> None:
    assert named(table(file=cells), *files)[2] == [[it] if it else [] for it in found]


def test_the_smaller_folders_are_those_of_the_rows() -> None:
    files = ["ill/P1/1.png", "ill/P1/2.png", "ill/P2/1.png", "well/P3/1.png"]
    rows = table(label=["ill", "ill", "well"], patient=["P1", "P2", "P3"])
    assert named(rows, *files) == ("patient", "", [files[:2], [files[2]], [files[3]]])


def test_numbers_that_name_files_of_others_folders_are_refused() -> None:
    rows = table(patient=["P1", "P2"], age=["2", "1"])
    files = ["P1/1.png", "P1/3.png", "P2/2.png", "P2/4.png"]
    assert "both name files" in named(rows, *files)[1]
    its, _ = naming_of(rows, [*map(Path, files)], "patient")
    assert its is not None
    assert its.files == 4


def test_the_user_says_which_column_it_is(tmp_path: Path) -> None:
    folder = make(tmp_path / "in", "1.png", "2.png")
    facts = folder / "labels.csv"
    facts.write_text("patient,number,label\n1,2,x\n2,1,y\n")
    with pytest.raises(InputError, match=r"both name files.*--table-files COLUMN"):
        index_folder(folder, facts=facts)
    with pytest.raises(InputError, match=r"--table-files numbr: there is no such column.*number"):
        index_folder(folder, facts=facts, facts_files="numbr")
    with pytest.raises(InputError, match="'label' names no files of"):
        index_folder(folder, facts=facts, facts_files="label")
    made = index_folder(folder, facts=facts, facts_files="number")
    rows = [(row["image"], row["patient"]) for row in rows_of(made.table)]
    assert rows == [("1.png", "2"), ("2.png", "1")]
    with pytest.raises(InputError, match="name the table, too"):
        index_folder(folder, facts_files="number", overwrite=True)
