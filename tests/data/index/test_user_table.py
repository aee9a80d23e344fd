"""Labels and patients of a user's own table find the files that it names, in any usual way."""

from pathlib import Path
from typing import Any

import pytest

from pleura.data.index.folder import Indexed, index_folder
from pleura.errors import InputError
from pleura.study.new.write import new_study
from tests.data.index.made import make, rows_of

NAMES = ("scans/a1.png", "scans/b1.png", "scans/c1.png")


def indexed(tmp_path: Path, text: str, *names: str) -> Indexed:
    folder = make(tmp_path / "in", *names or NAMES)
    (folder / "labels.csv").write_text(text, encoding="utf-8-sig")
    return index_folder(folder, facts=folder / "labels.csv")


@pytest.mark.parametrize(
    ("column", "cells", "way"),
    [
        ("Filename", ("A1", "B1", "C1"), "by file name without its ending"),
        ("file", ("a1.png", "b1.png", "c1.png"), "by file name"),
        ("image", ("scans\\a1.png", "./scans/b1.png", "scans/c1.png"), "by path"),
    ],
)
def test_rows_find_their_files(
    column: str, cells: tuple[str, ...], way: str, tmp_path: Path
) -> None:
    rows = [f"{cell};x{at};{'AB'[at % 2]};{at};" for at, cell in enumerate(cells)]
    made = indexed(tmp_path, "\n".join([f"{column};Patient ID;Diagnosis;Age;Comment", *rows, ""]))
    assert [(row["patient"], row["label"], row["age"]) for row in rows_of(made.table)] == [
        (f"x{at}", "AB"[at % 2], str(at)) for at in range(3)
    ]
    assert f"3 of 3 rows of files here ({way}, column '{column}')" in " ".join(made.told)
    assert "patient 'Patient ID'; " in " ".join(made.told)


def test_a_row_of_a_folder_is_that_of_all_its_files(tmp_path: Path) -> None:
    table = "patient,label\nP1,ill\nP2,well\n"
    made = indexed(tmp_path, table, "P1/1.png", "P1/2.png", "P2/1.png")
    rows = [(row["image"], row["patient"], row["label"]) for row in rows_of(made.table)]
    assert rows == [
        ("P1/1.png", "P1", "ill"),
        ("P1/2.png", "P1", "ill"),
        ("P2/1.png", "P2", "well"),
    ]
    assert "(by folder, column 'patient'); patient 'patient'; label 'label'" in made.told[1]


def test_files_without_a_row_and_rows_without_a_file_are_counted(tmp_path: Path) -> None:
    made = indexed(tmp_path, "file,patient,width\na1,1,77\nb1,2,78\nz1,3,79\n")
    rows = rows_of(made.table)
    assert [(row["patient"], row["width"]) for row in rows] == [("1", "6"), ("2", "6")]
    assert "1 row of no file here: z1" in made.told
    assert "1 file left out, in no row of labels.csv: scans/c1.png" in made.told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("file,patient\nx,1\ny,2\n", "no column names files of .*such as scans/a1.png"),
        ("file,patient\na1,1\na1.png,2\n", "rows of one file differ.*row 3: .* is that of row 2"),
        ("file,patient\n1,1\n", "names several files.*row 2: '1' is P1/1.png, P2/1.png"),
        ("file,patient\na1,1\nb1,unknown\nc1,3\n", "of 1 file nothing says who the patient is"),
    ],
)
def test_what_is_not_clear_is_refused(text: str, told: str, tmp_path: Path) -> None:
    names = ("P1/1.png", "P2/1.png") if "\n1,1" in text else NAMES
    with pytest.raises(InputError, match=f"(?s){told}"):
        indexed(tmp_path, text, *names)


def test_a_table_that_lies_in_the_folder_is_proposed(tmp_path: Path) -> None:
    folder = make(tmp_path / "in", *NAMES)
    (folder / "labels.csv").write_text("file,pid,class\na1,p1,x\nb1,p2,y\nc1,3,y\n")
    (folder / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError) as caught:
        index_folder(folder, ask=lambda proposals: proposals[0])  # nobody is asked
    [first, *_] = caught.value.problems
    assert first.startswith(f"--table '{folder / 'labels.csv'}'")
    assert "3 of 3 files by file name without its ending in column 'file'; also pid" in first
    told = index_folder(folder, patterns=["{patient}{number}"]).told
    assert any(line.startswith("a table that names these files: --table") for line in told)


def test_a_new_study_of_names_without_files_says_what_finds_them(tmp_path: Path) -> None:
    """Of a table whose names have no ending, or whose files lie in a folder."""
    folder = make(tmp_path / "in", *NAMES)
    table = folder / "labels.csv"
    for text in (
        "Filename,pid,label\na1,p1,x\nb1,p2,y\n",
        "image,pid,label\na1.png,p1,x\nb1.png,p2,y\n",
    ):
        table.write_text(text)
        with pytest.raises(InputError, match=rf"data index FOLDER --table {table} finds them"):
            new_study(table, tmp_path / "new.yaml")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"patterns": ["{patient}_{number}"]}, "--patient .patient of 2 files.*'p1' by --patient"),
        ({"labels": ["{any}_{label}"]}, "--label .label of 2 files.*'x' in the table, '1' by"),
        ({"patterns": ["{patient}{label}_{any}"]}, "patient of 2 files, label of 2 files"),
        ({"folders": "{patient}"}, "--folders .patient of 2 files"),
    ],
)
def test_two_answers_on_one_file_are_refused(
    asked: dict[str, Any], told: str, tmp_path: Path
) -> None:
    folder = make(tmp_path / "in", "a/p1_1.png", "a/p2_1.png")
    facts = folder / "labels.csv"
    facts.write_text("file,pid,label\np1_1,B,x\np2_1,C,y\n")
    with pytest.raises(InputError, match=f"(?s){told}"):
        index_folder(folder, facts=facts, **asked)


def test_patterns_fill_what_a_table_leaves_empty(tmp_path: Path) -> None:
    folder = make(tmp_path / "in", "p01_x.png", "p2_y.png")
    facts = folder / "labels.csv"
    facts.write_text("file,pid,label\np01_x,P1,\np2_y,,Y\n")
    made = index_folder(folder, facts=facts, patterns=["{patient}_{any}"], labels=["{any}_{label}"])
    assert [(row["patient"], row["label"].lower()) for row in rows_of(made.table)] == [
        ("p01", "x"),
        ("p2", "y"),
    ]


def test_columns_that_decide_parts_are_told(tmp_path: Path) -> None:
    table = "file,pid,class,clip,split\na1,p,x,v1,train\nb1,q,y,v2,test\n"
    told = " ".join(indexed(tmp_path, table).told)
    assert "patient 'pid'; label 'class'; video 'clip'; split 'split'" in told


def test_other_tables_are_not_read_where_one_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("read in vain")

    monkeypatch.setattr("pleura.data.index.folder.tables_here", never)
    assert indexed(tmp_path, "file,patient\na1,1\nb1,2\nc1,3\n").images == 3
