"""Studies of every task are compared by the metrics of their task."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pleura.compare.cautions import cautions
from pleura.compare.comparison import compare_studies
from pleura.compare.page import PAGE
from pleura.compare.tables import read_comparison
from pleura.wording import capital
from tests.compare.made import patients, predictions, write_study
from tests.report.made_up import Made, cases_table


def read(folder: Path) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    """The differences by how they were made, recipe, metric and class."""
    rows = pd.read_csv(folder / "differences.csv").to_dict("records")
    keys = ("how", "recipe", "metric", "class")
    by_key = ((tuple(str(row[name]) for name in keys), row) for row in rows)
    return {(a, b, c, d): {str(k): it for k, it in row.items()} for (a, b, c, d), row in by_key}


def findings(names: list[str], draw: int = 0) -> pd.DataFrame:
    """Two findings, of which the second is not known of some images."""
    table = predictions(names, draw=draw)
    number = table["patient"].str[1:].astype(int)
    there = pd.DataFrame({"a": number % 2 == 0, "b": number // 2 % 2 == 0}).astype(float)
    there.loc[number % 7 == 3, "b"] = np.nan
    table = table.rename(columns={"logit_ill": "logit_a", "logit_well": "logit_b"})
    table["logit_b"] = table["logit_a"] * 0.3 + there["b"].fillna(0)
    for name in ("a", "b"):
        table[f"label_{name}"] = there[name]
        table[f"called_{name}"] = (table[f"logit_{name}"] > 0).astype(int)
    return table.assign(label="")


def numbers(names: list[str], error: float) -> pd.DataFrame:
    table = predictions(names).drop(columns=["logit_ill", "logit_well"])
    number = table["patient"].str[1:].astype(float)
    wrong = error * np.where(np.arange(len(table)) % 3 == 0, 1.5, -1.0)
    return table.assign(number=number, predicted=number + wrong, label="range")


def test_findings_by_finding_and_over_all(tmp_path: Path) -> None:
    one = write_study(tmp_path / "one", findings(patients(0, 40)), task="findings")
    two = write_study(tmp_path / "two", findings(patients(10, 60), 1), task="findings")
    table = read(compare_studies(one, two, tmp_path / "out").folder)
    for how in ("paired", "separate"):
        row = table[how, "tuned", "auroc", "macro"]
        assert np.isfinite([row[name] for name in ("difference", "low", "high", "p")]).all()
        each = [table[how, "tuned", "auroc", name]["difference"] for name in ("a", "b")]
        assert np.mean(each) == pytest.approx(row["difference"])


def test_an_error_in_a_unit_is_less_the_better_and_r2_the_other_way(tmp_path: Path) -> None:
    data = {"manifest": "/data/images.csv", "number": {"column": "age", "unit": "years"}}
    folders = [
        write_study(tmp_path / name, numbers(patients(0, 30), error), task="numbers", data=data)
        for name, error in (("one", 4.0), ("two", 2.0))
    ]
    done = compare_studies(folders[0], folders[1], tmp_path / "out")
    table = read(done.folder)
    error, share = (table["paired", "tuned", name, "all"] for name in ("mae", "r2"))
    assert error["first"] == pytest.approx(2 * error["second"])
    assert error["difference"] == pytest.approx(-error["second"])
    assert (error["verdict"], share["verdict"]) == ("better", "better")
    assert 0 < share["low"] < share["difference"] < share["high"]
    assert "years" in done.lines[0]


def test_numbers_of_two_names_are_warned_of(tmp_path: Path) -> None:
    names = ["Time_since surgery", "time since surgery", "age"]
    folders = [
        write_study(
            tmp_path / str(at),
            numbers(patients(0, 12), 1.0 + at),
            task="numbers",
            data={"manifest": "/data/images.csv", "number": {"column": name, "unit": "years"}},
        )
        for at, name in enumerate(names)
    ]
    told = "the number is “Time_since surgery” in 0 and “age” in 2: only the unit is the same"
    done = compare_studies(folders[0], folders[2], tmp_path / "out")
    assert capital(told) in done.lines[1]
    first = cautions(read_comparison(done.folder))[0]
    assert (first.serious, first.text.startswith(capital(told))) == (True, True)
    same = compare_studies(folders[0], folders[1], tmp_path / "same")
    assert "only the unit" not in str(same)
    assert not any("unit" in each.text for each in cautions(read_comparison(same.folder)))


def cases(skill: float, structures: tuple[str, ...] = ("lung", "heart")) -> pd.DataFrame:
    recipes = {"unet": Made(skill, "x_unet", "random", "none")}
    return cases_table(recipes, (1.0,), (0, 1), structures, 12, "px")


def test_segmentations_by_case_and_structure(tmp_path: Path) -> None:
    one = write_study(tmp_path / "one", cases(1.0), task="segmentation")
    other = cases(2.0, ("Heart", "lung", "rib"))
    two = write_study(
        tmp_path / "two",
        other,
        task="segmentation",
        data={"manifest": "/data/images.csv", "size": 64},
    )
    done = compare_studies(one, two, tmp_path / "out")
    table = read(done.folder)
    row = table["paired", "unet", "dice", "all"]
    assert row["difference"] > 0
    assert row["verdict"] == "better"
    assert "hd95" not in {metric for _, _, metric, _ in table}
    assert {of for *_, of in table} == {"all", "lung", "heart"}
    page = (done.folder / PAGE).read_text()
    assert "Distances are left out" in page
    assert "two alone has rib" in page


def test_folds_of_one_against_a_holdout_of_the_other(tmp_path: Path) -> None:
    one = write_study(tmp_path / "one", predictions(patients(0, 40), folds=2))
    two = write_study(tmp_path / "two", predictions(patients(8, 24), draw=1))
    done = compare_studies(one, two, tmp_path / "out")
    row = read(done.folder)["paired", "tuned", "auroc", "macro"]
    assert (row["patients_first"], row["images_first"]) == (16, 32)
