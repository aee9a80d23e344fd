"""A folder of which a part was copied makes no page that looks whole."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.report.classification import read_classifiers

MakeStudy = Callable[..., Path]


@pytest.fixture
def folder(make_study: MakeStudy) -> Path:
    return make_study({"scratch": 1.0, "fine-tuning": 2.0})


def problems_without(folder: Path, gone: "pd.Series[bool]", table: str) -> tuple[str, ...]:
    path = folder / table
    pd.read_csv(path)[~gone].to_csv(path, index=False)
    with pytest.raises(InputError, match=r"is not whole, or not of the same study") as error:
        read_classifiers(folder)
    return error.value.problems


def test_a_whole_folder_is_read(folder: Path) -> None:
    assert len(read_classifiers(folder).runs) > 0


def test_a_run_without_predictions_is_told(folder: Path) -> None:
    table = pd.read_csv(folder / "predictions.csv")
    gone = (table["recipe"] == "scratch") & (table["seed"] == 1) & (table["fraction"] == 1)
    assert problems_without(folder, gone, "predictions.csv") == (
        "scratch, fraction 1, seed 1, fold 0: is in runs.csv, and has no test image in "
        "predictions.csv",
    )


def test_test_images_that_are_gone_are_counted(folder: Path) -> None:
    table = pd.read_csv(folder / "predictions.csv")
    whole = len(table[table["part"] == "test"]["image"].unique())
    gone = table.index == table.index[table["recipe"] == "fine-tuning"][-1]
    (told,) = problems_without(folder, pd.Series(gone), "predictions.csv")
    assert told.endswith(f": {whole - 1} of {whole} images of part test")


def test_a_recipe_without_runs_is_told(folder: Path) -> None:
    gone = pd.read_csv(folder / "runs.csv")["recipe"] == "scratch"
    assert problems_without(folder, gone, "runs.csv") == (
        "scratch: is in predictions.csv, and not in runs.csv",
    )
