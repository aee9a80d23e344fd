import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.errors import InputError
from tests.data.conftest import Row, WriteTable

ROWS: list[Row] = [
    {"image": f"{label}/{number}.png", "label": label, "patient": f"p{number}", "source": source}
    for number, (label, source) in enumerate(
        [("viral", "A 1"), ("normal", "A 2"), ("normal", "B"), ("covid", "B")]
    )
]


def changed(index: int, **cells: str) -> list[Row]:
    return [{**row, **cells} if at == index else row for at, row in enumerate(ROWS)]


def test_a_table_as_it_should_be(write_table: WriteTable) -> None:
    path = write_table(ROWS)
    manifest = read_manifest(path)
    assert manifest.classes == ("covid", "normal", "viral")
    np.testing.assert_array_equal(manifest.labels, [2, 1, 1, 0])
    assert list(manifest.groups) == ["p0", "p1", "p2", "p3"]
    assert list(manifest.table["row"]) == [2, 3, 4, 5]
    assert manifest.table["image"][0] == str(path.parent / "viral/0.png")
    assert set(manifest.table["video"]) == {""}
    assert manifest.describe(1) == "row 3 (normal/1.png)"
    assert manifest.names([3, 1]) == ["covid/3.png", "normal/1.png"]
    assert manifest.rows(["covid/3.png", "normal/1.png"]).tolist() == [3, 1]
    assert (manifest.problems, manifest.notes) == ((), ())


def test_classes_choose_and_order(write_table: WriteTable) -> None:
    manifest = read_manifest(write_table(ROWS), classes=["viral", "normal"])
    assert manifest.classes == ("viral", "normal")
    np.testing.assert_array_equal(manifest.labels, [0, 1, 1])
    assert list(manifest.table.index) == [0, 1, 2]
    assert manifest.notes == ("rows left out, their label not among the classes: 1",)


def test_labels_left_out_that_hold_a_class_and_more_are_told(write_table: WriteTable) -> None:
    labels = ["viral", "viral|normal", "normal; old", "covid|old"]
    rows = [{**row, "label": label} for row, label in zip(ROWS, labels, strict=True)]
    path = write_table([*rows, {**ROWS[1], "image": "n.png", "label": "normal", "patient": "n"}])
    manifest = read_manifest(path, classes=["viral", "normal"])
    assert manifest.notes == (
        "rows left out, their label not among the classes: 3",
        "rows left out though their label holds a class and more, such as 'viral|normal' (of "
        "several findings of an image is the task findings): 2",
    )


def test_columns_and_where_by_either_name(write_table: WriteTable) -> None:
    rows = [{**{k: v for k, v in row.items() if k != "patient"}, "id": "p"} for row in ROWS]
    path = write_table(rows)
    columns = {"patient": "id", "site": "source"}
    for column in ("site", "source"):
        manifest = read_manifest(path, columns=columns, where={column: ["A*", "C"]})
        assert list(manifest.table["row"]) == [2, 3]
        assert list(manifest.table["site"]) == ["A 1", "A 2"]
        assert manifest.notes == ("2 of 4 rows match `where`",)


def test_cells_are_stripped_and_the_table_may_come_from_a_spreadsheet(
    write_table: WriteTable,
) -> None:
    path = write_table(ROWS)
    key = read_manifest(path).key
    text = path.read_text().replace(",", " ; ").replace("\n", "\r\n") + "\r\n"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_manifest(path).key == key


def test_a_column_that_is_asked_for_in_another_case_is_told(write_table: WriteTable) -> None:
    path = write_table([{**row, "Sex": "F", "view": "PA"} for row in ROWS])
    assert read_manifest(path, optional=["sex", "view", "smoker"]).notes == (
        "no column 'sex'; did you mean 'Sex'?",
    )


def test_class_problems_are_named(write_table: WriteTable) -> None:
    problems = read_manifest(write_table(ROWS), classes=["Normal", "viral"]).problems
    assert problems == (
        "labels 'Normal', 'normal' differ in case, blanks, _ or - only: row 3 (normal/1.png)"
        "; no row has 'Normal', did you mean 'normal'?",
    )


def test_underscores_and_hyphens_between_words_count_as_blanks(write_table: WriteTable) -> None:
    path = write_table(changed(0, label="bacterial pneumonia"))
    for name in ("bacterial_pneumonia", "Bacterial-Pneumonia"):
        (alike,) = read_manifest(path, classes=[name, "normal"]).problems
        assert f"no row has '{name}', did you mean 'bacterial pneumonia'?" in alike
        assert "differ in case, blanks, _ or - only: row 2 (viral/0.png)" in alike
    signs = ["-1", "1", "1-2", "12"]
    rows: list[Row] = [{**row, "label": sign} for row, sign in zip(ROWS, signs, strict=True)]
    assert read_manifest(write_table(rows)).problems == ()


def test_long_lists_of_problems_are_shortened(write_table: WriteTable) -> None:
    rows = [
        {"image": f"missing{number}.png", "label": "normal", "patient": "p"}
        for number in range(332)
    ]
    problems = read_manifest(write_table(rows)).problems
    assert len(problems) == 332
    text = str(InputError("heading", problems))
    assert text.endswith("... and 312 more")


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (lambda path: read_manifest(path, columns={"image": "file"}), "no column 'file'"),
        (
            lambda path: read_manifest(path, columns={"image": "Sauce"}),
            r"(?s)no column 'Sauce'.*did you mean 'source'\? .*columns: \{image: source\}",
        ),
        (lambda path: read_manifest(path, columns={"pateint": "patient"}), "'pateint' is none of"),
        (lambda path: read_manifest(path, where={"sauce": "x"}), "no column 'sauce'"),
        (lambda path: read_manifest(path, where={"source": "x"}), "no row matches"),
        (lambda path: read_manifest(path, classes=["other"]), "no row is left"),
        (lambda path: read_manifest(path, classes=["viral", "viral"]), "a name twice"),
        (lambda path: read_manifest(path, classes=["viral", ""]), "an empty one"),
        (lambda path: read_manifest(path, image_is_patient=True), "there is a column of patients"),
        (lambda path: read_manifest(path.with_name("no.csv")), "no such file"),
    ],
)
def test_what_makes_no_table_is_refused(
    write_table: WriteTable, use: Callable[[Path], Manifest], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        use(write_table(ROWS))


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (b"", "empty"),
        (b"image,label\n", "empty"),
        (b"image,label\na.png\n", "row 2: 1 cell, but the header has 2"),
        (b"image;label;;\na.png;b;;\n", "2 columns without a name, the first of them number 3"),
        (b"image,image\na,b\n", "column 'image' twice"),
        (b"image,label\na\xff.png,b\n", "UTF-8"),
        (b"image,label\n" + b"a" * 200_000 + b",b\n", "reaches line 2 has more than 131,072"),
    ],
)
def test_irregular_tables_are_refused(tmp_path: Path, contents: bytes, words: str) -> None:
    (tmp_path / "images.csv").write_bytes(contents)
    with pytest.raises(InputError, match=words):
        read_manifest(tmp_path / "images.csv")


def test_a_cell_is_too_long_whatever_limit_other_packages_set(tmp_path: Path) -> None:
    (tmp_path / "images.csv").write_bytes(b"image,label\n" + b"a" * 200_000 + b",b\n")
    before = csv.field_size_limit(2**31 - 1)
    try:
        with pytest.raises(InputError, match="more than 131,072 letters"):
            read_manifest(tmp_path / "images.csv")
        assert csv.field_size_limit() == 2**31 - 1
    finally:
        csv.field_size_limit(before)


def without_patient(row: Row) -> Row:
    return {name: cell for name, cell in row.items() if name != "patient"}


def test_groups_without_patients(write_table: WriteTable) -> None:
    path = write_table([without_patient(row) for row in ROWS])
    with pytest.raises(InputError, match="image_is_patient"):
        read_manifest(path)
    manifest = read_manifest(path, image_is_patient=True)
    assert len(set(manifest.groups)) == 4
    assert manifest.notes == ("every image counts as its own patient",)

    path = write_table([{**without_patient(row), "video": row["source"][0]} for row in ROWS])
    manifest = read_manifest(path)
    assert list(manifest.groups) == ["A", "A", "B", "B"]
    assert manifest.notes == ("no patient is known: every video counts as one",)


def test_key_follows_content_not_place(write_table: WriteTable, tmp_path: Path) -> None:
    path = write_table(ROWS)
    key = read_manifest(path).key
    moved = tmp_path.with_name(f"{tmp_path.name}_moved")
    tmp_path.rename(moved)
    assert read_manifest(moved / path.name).key == key
    text = (moved / path.name).read_text()
    (moved / path.name).write_text(text.replace("p1", "p2"))
    assert read_manifest(moved / path.name).key != key


def test_real_tables(shared_data: Path) -> None:
    xray = read_manifest(
        shared_data / "chest_xray" / "images.csv",
        columns={"image": "file", "patient": "patient_id"},
        where={"source": "Kermany*"},
        classes=["normal", "bacterial", "viral"],
    )
    assert (len(xray), xray.problems) == (5840, ())
    assert list(np.bincount(xray.labels)) == [1575, 2772, 1493]
    frames = read_manifest(
        shared_data / "lung_ultrasound" / "frames.csv",
        columns={"image": "file", "patient": "patient_id", "video": "video_id"},
    )
    assert (len(frames), len(set(frames.groups)), frames.problems) == (1023, 105, ())
