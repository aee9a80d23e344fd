"""What is learned of a table, and what is asked back where that is not clear."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.study.new.target import Target, find_target

PATH = Path("t.csv")


def target(cells: dict[str, list[str]], task: str = "", number: str = "") -> Target:
    table = pd.DataFrame({"image": [f"{n}.png" for n in range(len(next(iter(cells.values()))))]})
    columns = {name: name for name in ["image", *cells] if name in ("image", "label", "mask")}
    return find_target(PATH, table.assign(**cells), columns, task, number)


def test_labels_are_classes_and_what_is_well_comes_first() -> None:
    assert target({"label": ["viral", "Normal", "bacterial", ""]}) == Target(
        "classification", ("Normal", "bacterial", "viral")
    )
    assert target({"label": ["0", "1", "1"]}) == Target("classification", ("0", "1"))


def test_classes_can_be_made_of_several_labels() -> None:
    table = pd.DataFrame({"label": ["viral", "Normal", "bacterial", "mild", "severe"]})
    merged = {"ill": ("viral", "bacterial")}
    found = find_target(PATH, table, {"label": "label"}, merged=merged)
    assert found.names == ("Normal", "mild", "severe", "ill")
    assert found.section() == {
        "classes": ["Normal", "mild", "severe", "ill"],
        "labels": {"ill": ["viral", "bacterial"]},
    }
    assert "labels" not in replace(found, names=("Normal", "mild")).section()
    grades = pd.DataFrame({"label": ["severe", "none", "moderate", "mild"]})
    some = {"some": ("mild", "moderate")}
    found = find_target(PATH, grades, {"label": "label"}, "grades", merged=some)
    assert found.names == ("none", "some", "severe")
    with pytest.raises(InputError, match="goes with classes and grades"):
        find_target(PATH, grades, {"label": "label"}, "findings", merged=some)


def test_columns_of_0_and_1_are_findings_where_there_are_no_labels() -> None:
    flags = {"edema": ["1", "0", "-1"], "mass": ["0.0", "1.0", ""], "width": ["0", "1", "1"]}
    assert target(flags) == Target("findings", ("edema", "mass"))
    sexes = {"sex": ["0", "1", "1"], "PatientAge": ["0", "1", "1"], **flags}
    assert target(sexes).names == ("edema", "mass")  # what is recorded of a patient is no finding
    assert target({"label": ["a", "b", "a"], **flags}).task == "classification"
    assert target({"label": ["a", "b", "a"], **flags}, "findings").names == ("edema", "mass")


def test_labels_with_bars_are_findings() -> None:
    found = target({"label": ["Mass|Edema", "No Finding", "Mass"]})
    assert found == Target("findings", ("Edema", "Mass"), separator="|")
    section = {"findings": {"names": ["Edema", "Mass"], "separator": "|"}}
    assert found.section() == section


def test_numbers_are_known_and_grades_asked_about() -> None:
    assert target({"label": ["1.5", "2.25", "3"]}) == Target("numbers", column="label")
    assert target({"age": ["3", "40"]}, number="age") == Target("numbers", column="age")
    assert target({"label": ["10", "2", "0"]}, "grades").names == ("0", "2", "10")
    for labels in (["0", "1", "2"], ["mild", "none", "severe"]):
        with pytest.raises(InputError, match="--task grades"):
            target({"label": labels})
    assert target({"label": ["mild", "severe", "none"]}, "grades").names == (
        "none",
        "mild",
        "severe",
    )


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"label": ["ill", "ill", ""]}, "column label says ill of every image"),
        ({"mask": ["a", "b"]}, "has masks and no labels"),
        ({"age": ["3", "40", "7"]}, "add a column label.*--number age"),
        ({"x": ["a", "b"]}, "no column says what the 2 images show"),
    ],
)
def test_nothing_to_learn_is_refused_with_what_to_do(
    cells: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        target(cells)
    with pytest.raises(InputError, match="no such task; did you mean 'grades'"):
        target(cells, "grade")


def test_a_word_that_is_read_as_no_label_is_named_where_one_class_is_left() -> None:
    with pytest.raises(InputError, match=r"says None of every .* label \(NULL is read as no label"):
        target({"label": ["None", "NULL"] * 10})
