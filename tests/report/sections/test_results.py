"""The tables of results."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix

from pleura.report.classification import ClassifierFolder
from pleura.report.findings import Findings
from pleura.report.numbers import MISSING
from pleura.report.sections.classes import class_table
from pleura.report.sections.confusion import confusions
from pleura.report.sections.forest import comparison_table
from pleura.report.sections.results import recipe_table


def test_recipe_table_shows_the_summary_and_the_cost(
    contents: ClassifierFolder, findings: Findings
) -> None:
    table = recipe_table(findings, contents.runs, 0.1)
    assert [row[0].text for row in table.rows] == list(findings.looks)
    row = next(row for row in table.rows if row[0].text == "feature extraction")
    value = findings.estimate("feature extraction", 0.1, "log_loss").value
    assert row[6].order == value
    assert row[6].text == f"{value:.3f}"
    brier = findings.estimate("feature extraction", 0.1, "brier")
    assert table.columns[7].title == "Brier"
    assert row[7].order == brier.value
    assert row[7].detail == f"{brier.low:.3f}\u00a0to\u00a0{brier.high:.3f}"
    assert row[8].text == "3.37\u00a0M"
    assert row[8].detail == "3.84\u00a0k trained"
    assert table.columns[10].title == "Training and tuning"
    assert row[10].order == 1300 * 0.1 * 1.5


def test_time_is_the_mean_of_the_networks_that_the_runs_chose(
    contents: ClassifierFolder, findings: Findings
) -> None:
    runs = contents.runs.copy()
    runs["latency_ms"] = runs["latency_ms"].where(runs["kind"] == "recipe")
    runs.loc[runs["recipe"] == "fine-tuning", "latency_ms"] = 8.0 + runs["seed"]
    shown = {row[0].text: row[-1].text for row in recipe_table(findings, runs, 0.1).rows}
    assert shown["scratch"] == "6.2 ms"
    assert shown["fine-tuning"] == "9.0 ms"
    assert shown["pixels: random forest"] == MISSING


def test_comparison_table_has_every_other_recipe(findings: Findings) -> None:
    table = comparison_table(findings, 1.0)
    assert table
    assert {row[0].text for row in table.rows} == set(findings.looks) - {"scratch"}
    assert next(row for row in table.rows if row[0].text == "fine-tuning")[5].text == "better"


def test_baselines_have_no_verdict_in_colour(make_findings: Callable[..., Findings]) -> None:
    names = ("a", "pixels: random forest")
    findings = make_findings(
        [("scratch", 1.0, 0.8), *((name, 1.0, 0.8) for name in names)],
        [(name, 1.0, 0.0, -0.001, 0.001, "as good") for name in names],
    )
    table = comparison_table(findings, 1.0)
    assert table
    assert {row[0].text: row[5].tone for row in table.rows} == dict(
        zip(names, ("good", ""), strict=True)
    )


def test_class_table_has_a_row_for_each_recipe_and_class(findings: Findings) -> None:
    assert len(class_table(findings, 1.0).rows) == 5 * 3


def test_confusions_are_means_over_seeds_of_scikit_learns(
    contents: ClassifierFolder, findings: Findings
) -> None:
    found = confusions(contents.predictions, findings.looks, contents.classes, 0.1)
    mine = next(each for each in found if each.recipe == "fine-tuning")
    rows = contents.predictions.query("recipe == 'fine-tuning' and fraction == 0.1")
    names = np.array(contents.classes)
    predicted = names[rows[[f"logit_{name}" for name in names]].to_numpy().argmax(axis=1)]
    expected = confusion_matrix(rows["label"], predicted, labels=names) / 3
    np.testing.assert_allclose(mine.counts, expected)
    np.testing.assert_allclose(mine.shares.sum(axis=1), 1)


def test_folds_are_added_before_the_mean_over_seeds(
    contents: ClassifierFolder, findings: Findings
) -> None:
    folds = [contents.predictions.assign(fold=fold) for fold in (0, 1)]
    looks = findings.looks
    once = confusions(contents.predictions, looks, contents.classes, 1.0)
    twice = confusions(pd.concat(folds), looks, contents.classes, 1.0)
    np.testing.assert_allclose(twice[0].counts, 2 * once[0].counts)
