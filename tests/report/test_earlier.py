"""What was learned before the recipes, in the report."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.report.cautions import cautions
from pleura.report.earlier import earlier_table
from pleura.report.findings import Findings
from pleura.report.folder import StudyFolder, read_folder
from pleura.report.page import write_report
from pleura.report.shortcuts import find_shortcuts

MakeStudy = Callable[..., Path]


def steps_file(folder: Path) -> None:
    """Two steps with two seeds each; one training of one of them ended too early."""
    rows = [
        {
            "name": name,
            "seed": seed,
            "network": "x_unet",
            "weights": "random",
            "structures": structures,
            "n_train": 1480,
            "n_validation": 320,
            "patients": 24,
            "epochs": 20 + seed,
            "converged": name == "dense" or seed == 0,
            "validation_dice": 0.8123,
            "seconds": 340.0,
        }
        for name, structures in (("sparse", "A-line, B-line"), ("dense", "rib, lung"))
        for seed in (0, 1)
    ]
    pd.DataFrame(rows).to_csv(folder / "steps.csv", index=False)


@pytest.fixture
def learned(make_study: MakeStudy) -> Path:
    folder = make_study({"scratch": 1, "fine-tuning": 2}, fractions=(1.0,), patients=40)
    steps_file(folder)
    return folder


def test_each_step_and_seed_has_a_row(learned: Path) -> None:
    table = earlier_table(read_folder(learned).earlier)
    assert table
    assert [(row[0].text, row[0].detail) for row in table.rows] == [
        *(("sparse", "seed 0"), ("sparse", "seed 1")),
        *(("dense", "seed 0"), ("dense", "seed 1")),
    ]
    assert [cell.text for cell in table.rows[1][1:]] == [
        *("x_unet", "random", "A-line, B-line", "1,480", "320", "24", "21", "no", ".812"),
        "5.7\u00a0min",
    ]
    assert [row[8].tone for row in table.rows] == ["", "bad", "", ""]
    assert len(table.rows[0]) == len(table.columns)


def test_what_is_not_known_is_left_open(learned: Path) -> None:
    table = pd.read_csv(learned / "steps.csv")
    table.assign(converged="", patients="").to_csv(learned / "steps.csv", index=False)
    shown = earlier_table(read_folder(learned).earlier)
    assert shown
    assert (shown.rows[0][6].text, shown.rows[0][8].text) == ("–", "–")


def test_a_step_that_had_not_converged_is_a_caution(
    learned: Path, contents: StudyFolder, findings: Findings
) -> None:
    def told(folder: StudyFolder) -> list[str]:
        shortcuts = find_shortcuts(folder.predictions, findings)
        return [c.text for c in cautions(folder, findings, shortcuts) if "earlier step" in c.text]

    earlier = read_folder(learned).earlier
    assert told(replace(contents, earlier=earlier)) == [
        "Training had not converged for the earlier step “sparse” (1 of 2 seeds): recipes that "
        "start from there might do better after more epochs of it."
    ]
    assert told(replace(contents, earlier=earlier[earlier["name"] == "dense"])) == []
    assert told(contents) == []


def test_on_the_page(learned: Path) -> None:
    page = write_report(learned).read_text(encoding="utf-8")
    assert 'href="#earlier"' in page
    assert "Steps before the recipes" in page


def test_without_earlier_steps_there_is_no_table(contents: StudyFolder) -> None:
    assert earlier_table(contents.earlier) is None


def test_a_table_without_its_columns_is_named(learned: Path) -> None:
    table = pd.read_csv(learned / "steps.csv")
    table.drop(columns=["epochs", "seed"]).to_csv(learned / "steps.csv", index=False)
    with pytest.raises(InputError, match=r"steps.csv: columns missing: seed, epochs"):
        read_folder(learned)
