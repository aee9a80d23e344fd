"""Recipes that are shown but not compared stand in a table of their own, and nowhere else."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from pleura.evaluate.intervals import summarise
from pleura.report.classification import ClassifierFolder, read_classifiers
from pleura.report.findings import Findings
from pleura.report.sections.results import unranked_table
from pleura.tables import UNRANKED
from tests.report.conftest import find
from tests.report.written import write_report

SHOWN = "feature extraction"


@pytest.fixture
def folder(make_study: Callable[..., Path]) -> Path:
    """A study with a recipe that is not ranked."""
    folder = make_study(fractions=(0.1, 1.0), seeds=(0, 1))
    runs = pd.read_csv(folder / "runs.csv")
    runs.loc[runs["recipe"] == SHOWN, "kind"] = UNRANKED
    runs.to_csv(folder / "runs.csv", index=False)
    return folder


def test_they_are_kept_apart_from_what_is_compared(folder: Path) -> None:
    contents = read_classifiers(folder)
    predictions, runs = contents.shown, contents.aside
    assert set(predictions["recipe"]) == set(runs["recipe"]) == {SHOWN}
    assert SHOWN not in set(contents.predictions["recipe"]) | set(contents.runs["recipe"])
    findings = find(contents)
    assert SHOWN not in {*findings.summary["recipe"], *findings.comparisons["recipe"]}
    assert SHOWN not in findings.looks


def test_the_table_tells_value_interval_and_cost(folder: Path) -> None:
    contents = read_classifiers(folder)
    table = unranked_table(contents, find(contents))
    assert table
    assert [row[0].text for row in table.rows] == [SHOWN, SHOWN]
    predictions, runs = contents.shown, contents.aside
    summary = summarise(predictions, level=0.95)
    macro = summary[(summary["metric"] == "auroc") & (summary["class"] == "macro")]
    assert [row[3].order for row in table.rows] == pytest.approx(macro["value"].to_list())
    seconds = runs.groupby("fraction")["tuning_seconds"].mean()
    assert [row[6].order for row in table.rows] == pytest.approx(seconds.to_list())
    assert table.rows[0][1].text == "tf_efficientnet_lite0"


def test_without_any_there_is_no_table(contents: ClassifierFolder, findings: Findings) -> None:
    assert unranked_table(contents, findings) is None


def test_the_page_names_them_under_their_own_heading(folder: Path) -> None:
    page = write_report(folder).read_text()
    start = page.index("Not ranked")
    assert SHOWN in page[start:]
    compared = pd.read_csv(folder / "comparisons.csv")
    assert SHOWN not in set(compared["recipe"])


def test_random_weights_in_place_of_missing_ones_are_told(folder: Path) -> None:
    runs = pd.read_csv(folder / "runs.csv")
    runs.loc[runs["recipe"] == SHOWN, "weights"] = "random"
    runs.to_csv(folder / "runs.csv", index=False)
    asked = yaml.safe_load((folder / "study.yaml").read_text())
    told = {"imagenet": "random, since imagenet was missing", "random": "random"}
    for weights, words in told.items():
        asked["recipes"] = {SHOWN: {"weights": weights}}
        (folder / "study.yaml").write_text(yaml.safe_dump(asked))
        contents = read_classifiers(folder)
        table = unranked_table(contents, find(contents))
        assert table
        assert [row[1].detail for row in table.rows] == [words, words]
