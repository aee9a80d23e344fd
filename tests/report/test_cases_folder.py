"""Reading the folder of a study of segmentations."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.report.sections.overlays import OVERLAYS
from pleura.report.segmentation import CasesFolder, read_cases_folder
from tests.report.made_up import RECIPES, Made

MakeCases = Callable[..., Path]


def test_what_is_read(cases: CasesFolder) -> None:
    assert cases.structures == ("pleura", "A-line", "B-line")
    assert cases.unit == "mm"
    assert set(cases.runs["augmented"]) == {"true", "false"}
    assert cases.best["validation_dice"] == 0.87
    assert len(cases.table(OVERLAYS)) == 9


def test_everything_missing_is_named(make_cases: MakeCases) -> None:
    folder = make_cases()
    (folder / "cases.csv").unlink()
    (folder / "runs.csv").unlink()
    with pytest.raises(InputError, match="No report can be made") as error:
        read_cases_folder(folder)
    assert len(error.value.problems) == 2


@pytest.mark.parametrize(("name", "column"), [("cases.csv", "hd95"), ("runs.csv", "augmented")])
def test_columns_that_are_missing_are_named(make_cases: MakeCases, name: str, column: str) -> None:
    folder = make_cases()
    pd.read_csv(folder / name).drop(columns=column).to_csv(folder / name, index=False)
    with pytest.raises(InputError, match=f"{name}: columns missing: {column}"):
        read_cases_folder(folder)


def test_a_study_without_test_is_not_finished(make_cases: MakeCases) -> None:
    folder = make_cases()
    table = pd.read_csv(folder / "cases.csv").assign(part="validation")
    table.to_csv(folder / "cases.csv", index=False)
    with pytest.raises(InputError, match="no rows of the test part; copy the study"):
        read_cases_folder(folder)


def test_millimetres_and_pixels_are_not_mixed(make_cases: MakeCases) -> None:
    folder = make_cases()
    table = pd.read_csv(folder / "cases.csv")
    unknown = table["image"].isin(["frames/000.png", "frames/003.png"])
    table.loc[unknown, "unit"] = "px"
    table.to_csv(folder / "cases.csv", index=False)
    contents = read_cases_folder(folder)
    assert (contents.unit, contents.unscaled) == ("mm", 2)
    distances = contents.cases[["hd95", "surface_distance"]]
    assert distances[unknown].isna().all(axis=None)
    assert np.isfinite(distances[~unknown]).any(axis=None)
    assert np.isfinite(contents.cases.loc[unknown, "dice"]).any()


def test_recipes_outside_the_ranking_stand_apart(make_cases: MakeCases) -> None:
    folder = make_cases(recipes={"X-Unet": RECIPES["X-Unet"], "aside": Made(1.0, kind="unranked")})
    contents = read_cases_folder(folder)
    assert set(contents.cases["recipe"]) == set(contents.runs["recipe"]) == {"X-Unet"}
    assert all(set(table["recipe"]) == {"aside"} for table in (contents.shown, contents.aside))
    # Their test evaluations are for results that the page shows.
    assert set(contents.every_run["recipe"]) == {"X-Unet", "aside"}


def test_names_that_look_like_numbers_stay_as_written(make_cases: MakeCases) -> None:
    contents = read_cases_folder(make_cases(recipes={"007": RECIPES["X-Unet"]}))
    assert set(contents.cases["recipe"]) == set(contents.runs["recipe"]) == {"007"}
