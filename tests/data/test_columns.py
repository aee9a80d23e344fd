"""Further columns of a table that are kept for what a study asks of them."""

from pathlib import Path

import pytest

from pleura.data.manifest_file import read_manifest
from pleura.errors import InputError
from tests.data.conftest import Row, WriteTable

ROWS: list[Row] = [
    {"image": f"{label}/{number}.png", "label": label, "patient": f"p{number}", "source": "A"}
    for number, label in enumerate(("viral", "normal", "normal", "covid"))
]


def test_further_columns_are_kept_and_resolved_with_a_key_of_their_own(
    write_table: WriteTable,
) -> None:
    rows = [
        {**row, "outline": row["image"] if at else "missing.png", "mm": "0.2"}
        for at, row in enumerate(ROWS)
    ]
    path = write_table(rows)
    manifest = read_manifest(path, files=["outline"], extras=["mm", "source"])
    assert manifest.table["outline"][1] == str(path.parent / "normal/1.png")
    assert list(manifest.table["mm"]) == ["0.2"] * 4
    assert (manifest.files, manifest.extras) == (("outline",), ("mm",))
    assert manifest.problems == (f"row 2 (viral/0.png): no such file {path.parent}/missing.png",)
    plain = read_manifest(path)
    assert "mm" not in plain.table
    # A split that was drawn without them still holds.
    assert plain.key == manifest.key
    path.write_text(path.read_text().replace("0.2", "0.3"))
    again = read_manifest(path, extras=["mm", "source"], files=["outline"])
    assert again.key == plain.key
    assert again.key_with(["mm"]) != manifest.key_with(["mm"])
    assert again.key_with(["outline"]) == manifest.key_with(["outline"])


def test_a_kept_column_of_files_counts_from_the_manifests_folder(
    write_table: WriteTable, tmp_path: Path
) -> None:
    path = write_table([{**row, "outline": row["image"]} for row in ROWS])
    key = read_manifest(path, files=["outline"]).key_with(["outline"])
    moved = tmp_path.with_name(f"{tmp_path.name}_moved")
    tmp_path.rename(moved)
    assert read_manifest(moved / path.name, files=["outline"]).key_with(["outline"]) == key


def test_where_labels_only_stratify_they_may_be_missing(write_table: WriteTable) -> None:
    rows = [{**row, "label": label} for row, label in zip(ROWS, ("", "nan", "a", "A"), strict=True)]
    path = write_table(rows)
    assert len(read_manifest(path).problems) == 3
    manifest = read_manifest(path, labelled=False)
    assert list(manifest.table["label"]) == ["all", "all", "a", "A"]
    assert (manifest.classes, manifest.problems) == (("A", "a", "all"), ())
    path = write_table([{k: v for k, v in row.items() if k != "label"} for row in ROWS])
    assert read_manifest(path, labelled=False).classes == ("all",)
    with pytest.raises(InputError, match="no column 'kind'"):
        read_manifest(path, labelled=False, columns={"label": "kind"})
    with pytest.raises(InputError, match="no column 'label'"):
        read_manifest(path)


@pytest.mark.parametrize("pattern", ["a", "!a", "A", ["a", "!A"]])
def test_a_name_that_is_left_over_by_its_spelling_is_told(
    write_table: WriteTable, pattern: str | list[str]
) -> None:
    path = write_table([{**ROWS[0], "source": "a"}, *ROWS[1:]])
    if isinstance(pattern, list):
        assert len(read_manifest(path, where={"source": pattern})) == 1
        return
    row, name = (2, "a") if pattern == "A" else (3, "A")
    with pytest.raises(InputError, match="list every spelling") as caught:
        read_manifest(path, where={"source": pattern})
    meant = pattern.removeprefix("!")
    assert caught.value.problems == (
        f"row {row}: source {name!r} is not {meant!r} as it is written",
    )
    assert len(read_manifest(path, where={"source": [pattern, "[aA]"]})) > 0


def test_a_column_to_keep_must_be_there(write_table: WriteTable) -> None:
    path = write_table(ROWS)
    with pytest.raises(InputError, match=r"no column 'sorce'; did you mean 'source'\?"):
        read_manifest(path, extras=["sorce"])
    with pytest.raises(InputError, match="no column 'mask'"):
        read_manifest(path, files=["mask"])
    path = write_table([{**row, "row": "7"} for row in ROWS])
    with pytest.raises(InputError, match="'row' cannot be kept"):
        read_manifest(path, extras=["row"])


def test_the_column_of_images_is_guessed_by_what_it_holds(write_table: WriteTable) -> None:
    """`age` is written more like `image` than `file` is."""
    rows = [
        {"file": row["image"], "label": row["label"], "patient_id": row["patient"], "age": "7"}
        for row in ROWS
    ]
    path = write_table(rows)
    with pytest.raises(InputError) as caught:
        read_manifest(path)
    assert (
        "did you mean 'file', 'patient_id'? map under data: "
        "columns: {image: file, patient: patient_id}"
    ) in caught.value.problems
    path = write_table([{**row, "mask": row["file"]} for row in rows])
    with pytest.raises(InputError, match=r"columns: \{image: <name in the file>, patient: pat"):
        read_manifest(path)


def test_columns_turned_round_are_told_as_such(write_table: WriteTable) -> None:
    path = write_table(
        [{"file": row["image"], "label": row["label"], "who": row["patient"]} for row in ROWS]
    )
    with pytest.raises(InputError, match=r"did you mean columns: \{image: file, patient: who\}\?"):
        read_manifest(path, columns={"file": "image", "who": "patient"})
    assert len(read_manifest(path, columns={"image": "file", "patient": "who"})) == 4


@pytest.mark.parametrize(
    ("where", "problems"),
    [
        ({"source": "viral"}, ("source: nothing fits 'viral'. There are: A",)),
        ({"label": "vir"}, ("label: did you mean '*vir*'? The whole cell must fit.",)),
        (
            {"label": "virl"},
            ("label: nothing fits 'virl'; did you mean 'viral'? There are: covid, normal, viral",),
        ),
        (
            {"label": "normal", "patient": ["p0", "p3"]},
            ("label: 2 rows by itself", "patient: 2 rows by itself"),
        ),
        ({"label": "v*", "patient": "p3"}, ("label: 1 row by itself", "patient: 1 row by itself")),
    ],
)
def test_where_that_chooses_no_row_says_which_column_is_why(
    write_table: WriteTable, where: dict[str, str | list[str]], problems: tuple[str, ...]
) -> None:
    with pytest.raises(InputError, match="no row matches") as caught:
        read_manifest(write_table(ROWS), where=where)
    assert caught.value.problems == problems


def test_a_column_of_where_that_is_not_there_is_told_with_the_nearest(
    write_table: WriteTable,
) -> None:
    with pytest.raises(InputError, match=r"where: no column 'sorce'; did you mean 'source'\?"):
        read_manifest(write_table(ROWS), where={"sorce": "A"})


def test_an_unknown_class_is_told_among_the_merged_ones(write_table: WriteTable) -> None:
    together = {"ill": ["viral", "covid"]}
    manifest = read_manifest(
        write_table(ROWS), classes=["normal", "viral", "covid", "tb"], together=together
    )
    assert manifest.problems == ("class 'tb': no row has this label. There are: ill, normal",)


def test_only_what_names_patients_is_suggested_for_them(write_table: WriteTable) -> None:
    rows = [{"patient_age": "40", "patient_sex": "F", **row} for row in ROWS]
    ages = [{name: cell for name, cell in row.items() if name != "patient"} for row in rows]
    with pytest.raises(InputError, match=r"patient: <name in the file>") as told:
        read_manifest(write_table(ages))
    assert "did you mean" not in str(told.value)
    named = [{**row, "Subject ID": f"p{number}"} for number, row in enumerate(ages)]
    with pytest.raises(InputError, match=r"did you mean 'Subject ID'\?"):
        read_manifest(write_table(named))
