"""What was learned before the recipes, in the report."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.report.classification import ClassifierFolder, read_classifiers
from pleura.report.findings import Findings
from pleura.report.sections.earlier import STEPS, earlier_steps, earlier_table
from tests.report.conftest import cautions_of, study_of
from tests.report.written import write_report

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
    table = earlier_table(earlier_steps(read_classifiers(learned)))
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
    shown = earlier_table(earlier_steps(read_classifiers(learned)))
    assert shown
    assert (shown.rows[0][6].text, shown.rows[0][8].text) == ("–", "–")


def test_a_step_that_had_not_converged_is_a_caution(
    learned: Path, contents: ClassifierFolder, findings: Findings
) -> None:
    def told(folder: ClassifierFolder) -> list[str]:
        study = study_of(folder, findings)
        return [c.text for c in cautions_of(study) if "earlier step" in c.text]

    earlier = earlier_steps(read_classifiers(learned))
    assert told(contents.with_table(STEPS, earlier)) == [
        "Training had not converged for the earlier step “sparse” (1 of 2 seeds): recipes that "
        "start from there might do better after more epochs of it."
    ]
    assert told(contents.with_table(STEPS, earlier[earlier["name"] == "dense"])) == []
    assert told(contents) == []


def test_on_the_page(learned: Path) -> None:
    page = write_report(learned).read_text(encoding="utf-8")
    assert 'href="#earlier"' in page
    assert "Steps before the recipes" in page


def test_without_earlier_steps_there_is_no_table(contents: ClassifierFolder) -> None:
    assert earlier_table(earlier_steps(contents)) is None


def test_a_table_without_its_columns_is_named(learned: Path) -> None:
    table = pd.read_csv(learned / "steps.csv")
    table.drop(columns=["epochs", "seed"]).to_csv(learned / "steps.csv", index=False)
    with pytest.raises(InputError, match=r"steps.csv: columns missing: seed, epochs"):
        earlier_steps(read_classifiers(learned))
