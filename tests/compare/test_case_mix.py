"""Who was tested in each of two studies."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pleura.compare.case_mix import case_mix
from pleura.compare.outcomes import outcomes_of
from pleura.compare.studies import read_pair
from tests.compare.made import patients, predictions, write_study


def of(one: Path, two: Path) -> dict[tuple[str, str], dict[str, Any]]:
    pair = read_pair(one, two)
    rows = case_mix(pair, outcomes_of(pair)).to_dict("records")
    return {
        (row["column"], row["group"]): {str(key): it for key, it in row.items()} for row in rows
    }


def test_shares_of_classes_and_of_groups(tmp_path: Path) -> None:
    one = write_study(tmp_path / "one", predictions(patients(0, 10)))
    few = predictions([*patients(0, 10), "P12", "P14"])
    two = write_study(tmp_path / "two", few)
    groups = pd.DataFrame(
        [("sex", "F", "test", 4, 8), ("sex", "M", "test", 6, 12), ("sex", "F", "train", 9, 9)],
        columns=["column", "group", "part", "patients", "images"],
    )
    groups.to_csv(one / "demographics.csv", index=False)
    mix = of(one, two)
    ill = mix["label", "ill"]
    assert (ill["patients_first"], ill["images_first"], ill["share_first"]) == (5, 10, 0.5)
    assert (ill["patients_second"], ill["share_second"]) == (7, pytest.approx(7 / 12))
    assert mix["sex", "F"]["share_first"] == pytest.approx(0.4)
    assert pd.isna(mix["sex", "F"]["share_second"])


def test_numbers_are_told_by_their_quartiles(tmp_path: Path) -> None:
    table = predictions(patients(0, 10)).drop(columns=["logit_ill", "logit_well"])
    ages = table["patient"].str[1:].astype(float)
    table = table.assign(number=ages, predicted=3.0)
    folders = [
        write_study(tmp_path / name, its, task="numbers")
        for name, its in (("one", table), ("two", table[ages > 4]))
    ]
    mix = of(folders[0], folders[1])
    assert mix["label", "median"]["share_first"] == 4.5
    assert mix["label", "least"]["share_second"] == 5
