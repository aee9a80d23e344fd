from pathlib import Path

import pandas as pd
import pytest

from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.data.subgroup_column import SubgroupColumn
from pleura.data.subgroups import subgroups_of, with_subgroups


def manifest(folder: Path, **columns: list[str]) -> Manifest:
    """Six images of four patients, p0 with three."""
    patients = ["p0", "p0", "p0", "p1", "p2", "p3"]
    images = [f"i{number}.png" for number in range(6)]
    for image in images:
        (folder / image).touch()
    table = pd.DataFrame({"image": images, "patient": patients, "label": ["a", "b"] * 3, **columns})
    table.to_csv(folder / "images.csv", index=False)
    return read_manifest(folder / "images.csv", optional=list(columns))


def test_spellings_of_a_word_are_one_subgroup_and_an_empty_cell_is_unknown(tmp_path: Path) -> None:
    cells = ["F", "F", "f", "M", "n/a", ""]
    found = subgroups_of(manifest(tmp_path, sex=cells), [SubgroupColumn("sex")])
    assert found.table["sex"].tolist() == ["F", "F", "F", "M", "unknown", "unknown"]
    assert found.notes == (
        "subgroups, sex: other spellings of F: f",
        "subgroups, sex: 2 images of 2 patients in the group unknown",
    )
    assert not found.problems


def test_numbers_are_cut_at_edges_and_words_are_refused_by_row(tmp_path: Path) -> None:
    age = SubgroupColumn("age", (0, 18, 65))
    found = subgroups_of(manifest(tmp_path, age=["0", "17", "18", "64.0", "65", ""]), [age])
    groups = ["0 to 17", "0 to 17", "18 to 64", "18 to 64", "65 and more", "unknown"]
    assert found.table["age"].tolist() == groups
    assert "subgroups, age: 1 patient is in several; images count where their cell says" in (
        found.notes
    )
    wrong = with_subgroups(manifest(tmp_path, age=["045Y", "-1", "18", "inf", "65", ""]), [age])
    assert [problem.partition(" (")[0] for problem in wrong.problems] == ["row 2", "row 3", "row 5"]
    assert "says '045Y', which is no number to cut at 0, 18, 65" in wrong.problems[0]
    assert "says '-1', which is below the first of the edges 0, 18, 65" in wrong.problems[1]


def test_numbers_that_are_not_whole_have_edges_without_gaps(tmp_path: Path) -> None:
    cells = ["0.5", "17.9", "18", "1", "2", "3"]
    found = subgroups_of(manifest(tmp_path, age=cells), [SubgroupColumn("age", (0, 18))])
    assert set(found.table["age"]) == {"0 to under 18", "18 and more"}
    assert found.table["age"].tolist()[1] == "0 to under 18"


@pytest.mark.parametrize("columns", [{}, {"sxe": [""] * 6}, {"sex": ["", "nan", "?", "", "", ""]}])
def test_a_column_that_is_missing_or_empty_is_noted(
    tmp_path: Path, columns: dict[str, list[str]]
) -> None:
    found = subgroups_of(manifest(tmp_path, **columns), [SubgroupColumn("sex")])
    assert found.table.columns.empty
    (note,) = found.notes
    assert note.startswith("subgroups left out, a column missing or empty: sex")


def test_subgroups_are_in_no_key(tmp_path: Path) -> None:
    with_column = manifest(tmp_path, sex=["F"] * 6)
    assert with_column.key == manifest(tmp_path).key
    assert with_subgroups(with_column, [SubgroupColumn("sex")]).key == with_column.key
