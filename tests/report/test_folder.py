"""Reading the folder of a study."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from pleura.csv_file import AGAIN
from pleura.errors import InputError
from pleura.report.classification import read_classifiers
from pleura.report.sections.mistakes import MISTAKES
from pleura.report.tasks import CLASSIFICATION
from tests.report.made_classifiers import CARD


def test_every_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_classifiers(tmp_path)
    assert len(error.value.problems) == 4
    for name in ("study.yaml", "split.json", "predictions.csv", "runs.csv"):
        assert name in str(error.value)


@pytest.mark.parametrize(
    ("name", "column"),
    [("predictions.csv", "patient"), ("predictions.csv", "source"), ("runs.csv", "history")],
)
def test_missing_columns_are_named(make_study: Callable[..., Path], name: str, column: str) -> None:
    folder = make_study()
    pd.read_csv(folder / name).drop(columns=column).to_csv(folder / name, index=False)
    with pytest.raises(InputError, match=rf"{name}.*{column}"):
        read_classifiers(folder)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("study.yaml", "a: [1"),
        ("study.yaml", "- a list"),
        ("study.yaml", "question: no reference"),
        ("split.json", "{"),
        ("split.json", '{"counts": [{"fold": 0}]}'),
        ("split.json", '{"rule": null}'),
        ("notes.json", '{"not": "a list"}'),
        ("evaluations.json", "[3]"),
        ("evaluations.json", '{"outcomes": "many"}'),
        ("evaluations.json", "{}"),
        ("best/model.json", "{}"),
        ("best/model.json", '{"recipe": "a", "seed": 0, "fold": 0, "fraction": 1}'),
        ("best/model.json", json.dumps({**CARD, "members": None})),
        ("best/model.json", json.dumps({**CARD, "calibration": 1.0})),
        ("best/model.json", json.dumps({**CARD, "classes": None})),
    ],
)
def test_broken_files_are_named(make_study: Callable[..., Path], name: str, text: str) -> None:
    folder = make_study()
    (folder / "best").mkdir()
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=name):
        read_classifiers(folder)


@pytest.mark.parametrize("much", [0.0, 0.5, 0.99])
@pytest.mark.parametrize(
    "name", ["predictions.csv", "runs.csv", "split.json", "best/model.json", "study.yaml"]
)
def test_a_file_that_is_cut_off_is_named_with_what_to_do(
    handed_over_folder: Path, name: str, much: float
) -> None:
    path = handed_over_folder / name
    whole = path.read_bytes()
    path.write_bytes(whole[: int(much * len(whole))])
    with pytest.raises(InputError, match=name) as error:
        CLASSIFICATION.study(handed_over_folder)
    assert AGAIN in str(error.value)


def test_a_table_that_need_not_be_there_is_whole_where_it_is(tmp_path: Path) -> None:
    assert MISTAKES.load(tmp_path).empty
    (tmp_path / "panels").mkdir()
    (tmp_path / MISTAKES.path).write_text(",".join((*MISTAKES.text, *MISTAKES.numbers)) + "\na,b")
    with pytest.raises(InputError, match=r"mistakes\.csv: line 2 has 2 of"):
        MISTAKES.load(tmp_path)


def test_one_patient_in_two_spellings_is_refused(make_study: Callable[..., Path]) -> None:
    folder = make_study()
    table = pd.read_csv(folder / "predictions.csv", dtype=str, keep_default_na=False)
    table.loc[table["image"] == "images/image_0.png", "patient"] = "P00"
    table.to_csv(folder / "predictions.csv", index=False)
    with pytest.raises(InputError, match="same_name: as_written") as error:
        read_classifiers(folder)
    assert error.value.problems == ("patient P00 = p0",)
    study = yaml.safe_load((folder / "study.yaml").read_text())
    study["data"] = {**study.get("data", {}), "same_name": "as_written"}
    (folder / "study.yaml").write_text(yaml.safe_dump(study))
    assert len(read_classifiers(folder).predictions) == len(table)


def test_text_and_flags_are_read_as_written(make_study: Callable[..., Path]) -> None:
    folder = make_study()
    table = pd.read_csv(folder / "predictions.csv")
    table.loc[table["patient"] == "p0", "patient"] = "NA"
    table.to_csv(folder / "predictions.csv", index=False)
    (folder / "environment.json").write_text(json.dumps({"torch": "2.13.0", "cores": 2}))
    contents = read_classifiers(folder)
    assert (contents.predictions["patient"] == "NA").any()
    assert contents.classes == ("NORMAL", "BACTERIA", "VIRUS")
    runs = contents.runs.drop_duplicates("recipe").set_index("recipe").to_dict("index")
    assert runs["feature extraction"]["rate_at_edge"] is True
    assert runs["pixels: random forest"]["converged"] is None
    assert runs["scratch"]["history"][0]["phase"] == "head"
    assert contents.environment == {"torch": "2.13.0", "cores": "2"}
    assert contents.notes == ()
    assert contents.evaluations is None
    (folder / "evaluations.json").write_text('{"outcomes": 42}')
    assert read_classifiers(folder).evaluations == 42
    assert contents.table(MISTAKES).empty
