"""`pleura power` on the command line."""

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from pleura.cli import app
from pleura.errors import InputError
from tests.evaluate.tables import predictions


def test_a_pilot_gives_words_and_a_file(tmp_path: Path) -> None:
    table, out = tmp_path / "predictions.csv", tmp_path / "power.csv"
    predictions({"a": 1.0, "b": 1.2}).to_csv(table, index=False)
    asked = ["power", str(table), "--patients", "400", "--seeds", "3", "--out", str(out)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "With 400 test patients and 3 seeds you can expect to show differences of" in done.output
    assert set(pd.read_csv(out)["what"]) >= {"smallest", "patients needed", "seeds needed"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--auroc", ".9"], "without a pilot --positives must be given"),
        ([], "without a pilot --positives and --auroc must be given"),
        (["x.csv", "--auroc", ".9"], "--auroc: x.csv already gives this"),
        (["x.csv", "--correlation", ".1", ".2"], "--correlation: x.csv already gives this"),
        (
            ["x.csv", "--images", "1", "--within", ".9"],
            "--images and --within: x.csv already gives this",
        ),
        (
            ["--auroc", ".9", "--positives", ".3", "--within", ".9"],
            "--within: it changes nothing where each patient has one image; give --images",
        ),
        (
            ["--auroc", ".9", "--positives", ".3", "--recipe", "a"],
            "--recipe: only a pilot has it",
        ),
    ],
)
def test_a_pilot_or_the_literature(arguments: list[str], message: str) -> None:
    refused = CliRunner().invoke(app, ["power", *arguments])
    assert isinstance(refused.exception, InputError)
    assert message in str(refused.exception)


def test_images_and_correlations_of_the_literature_are_the_usual_ones_unless_given() -> None:
    usual = ["power", "--auroc", ".9", "--positives", ".3"]
    numbers = ["--images", "1", "--correlation", ".5", ".8"]
    told, given, fewer = (
        CliRunner().invoke(app, [*usual, *more]).output
        for more in ([], numbers, ["--images", "4", "--within", ".2"])
    )
    assert "you can expect to show differences of" in told
    assert told == given
    assert "images of each: 4, whose scores correlate by 0.2" in fewer
