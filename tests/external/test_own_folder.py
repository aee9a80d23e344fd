"""The folder of an evaluation is of one model and one table, and nothing of the user's is lost."""

import json
from pathlib import Path

import pytest

from pleura.errors import InputError
from pleura.external.evaluation import evaluate_model
from pleura.external.own_folder import evaluated_in, refuse_other, usual_folder


def finished(folder: Path, model: Path, table: Path, **without: None) -> dict[str, str]:
    """The notes of an evaluation in a folder."""
    these = evaluated_in(folder, model, table)
    told = {**these, "versions": {"pleura": "1"}}
    folder.mkdir(exist_ok=True)
    (folder / "evaluation.json").write_text(
        json.dumps({key: value for key, value in told.items() if key not in without})
    )
    (folder / "metrics.csv").write_text("metric")
    return these


@pytest.mark.parametrize(
    ("model", "table", "name"),
    [
        ("runs/child/best", "clinic_b.csv", "child_on_clinic_b"),
        ("runs/adult/best", "clinic_b.csv", "adult_on_clinic_b"),
        ("handed_over", "clinic_b/images.csv", "handed_over_on_clinic_b"),
        ("handed_over", "clinic_c/images.csv", "handed_over_on_clinic_c"),
    ],
)
def test_another_model_or_table_has_another_folder(model: str, table: str, name: str) -> None:
    assert usual_folder(Path(model), Path(table)) == Path("evaluations") / name


def test_a_folder_of_class_folders_is_called_by_its_whole_name(tmp_path: Path) -> None:
    (tmp_path / "clinic.b").mkdir()
    assert usual_folder(Path("a/best"), tmp_path / "clinic.b").name == "a_on_clinic.b"


def test_the_same_again_is_written_anew_and_another_refused(tmp_path: Path) -> None:
    out, model, table = tmp_path / "out", tmp_path / "a" / "best", tmp_path / "b" / "images.csv"
    ours = finished(out, model, table)
    refuse_other(out, ours)
    others = [
        (tmp_path / "c" / "best", table),
        (model, tmp_path / "d" / "images.csv"),
        (model, tmp_path / "elsewhere" / "b" / "images.csv"),
    ]
    for other in others:
        with pytest.raises(InputError, match=r"holds the evaluation of a/best on b/images\.csv"):
            refuse_other(out, evaluated_in(out, *other))


def test_a_project_may_be_moved_as_a_whole(tmp_path: Path) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    here, there = tmp_path / "here", tmp_path / "there"
    finished(here / "out", here / "a" / "best", here / "b.csv")
    refuse_other(here / "out", evaluated_in(there / "out", there / "a" / "best", there / "b.csv"))


def test_one_of_an_earlier_version_is_known_by_its_names(tmp_path: Path) -> None:
    out, model, table = tmp_path / "out", tmp_path / "a" / "best", tmp_path / "b" / "images.csv"
    ours = finished(out, model, table, places=None)
    refuse_other(out, ours)
    with pytest.raises(InputError, match="another model or table"):
        refuse_other(out, evaluated_in(out, tmp_path / "c" / "best", table))


@pytest.mark.parametrize("name", ["metrics.csv", "predictions.csv", "subgroups.csv", "figures/a"])
def test_files_of_the_user_are_not_written_over(tmp_path: Path, name: str) -> None:
    mine = tmp_path / "out" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    with pytest.raises(InputError, match=rf"did not write there.*{name.split('/')[0]}; give"):
        evaluate_model(tmp_path / "best", tmp_path / "b.csv", tmp_path / "out")
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == [mine]
    assert mine.read_text() == "mine"


def test_what_lies_there_besides_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("a")
    refuse_other(tmp_path, evaluated_in(tmp_path, tmp_path / "a" / "best", tmp_path / "b.csv"))
