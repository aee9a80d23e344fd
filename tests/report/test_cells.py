"""What tables write into their cells."""

from dataclasses import replace

import pandas as pd
import pytest

from pleura.report import cells
from pleura.report.findings import Comparison, Estimate, Findings
from pleura.report.numbers import METRICS


@pytest.mark.parametrize(
    ("p", "value", "higher", "expected"),
    [
        (0.01, 1.0, True, "good"),
        (0.01, 1.0, False, "bad"),
        (0.01, -1.0, False, "good"),
        (0.06, 1.0, True, ""),
        (float("nan"), 1.0, True, ""),
    ],
)
def test_only_what_is_shown_has_a_tone(
    findings: Findings, p: float, value: float, higher: bool, expected: str
) -> None:
    metric = replace(METRICS["auroc"], higher_is_better=higher)
    comparison = Comparison("a", Estimate(value, value, value), p, p, "")
    difference, _ = cells.difference(comparison, metric, findings)
    assert difference.tone == expected
    neutral, _ = cells.difference(comparison, metric, findings, neutral=True)
    assert neutral.tone == ""


def test_without_a_comparison_there_are_two_empty_cells(findings: Findings) -> None:
    assert [cell.text for cell in cells.difference(None, METRICS["auroc"], findings)] == ["–", "–"]


def test_a_mean_leaves_out_what_is_not_known() -> None:
    space = "\N{NO-BREAK SPACE}"
    cell = cells.mean(pd.Series([0.25, float("nan"), 0.75]), detail="block3")
    assert (cell.text, cell.order) == (".500", 0.5)
    assert cell.detail == f"block3, .250{space}to{space}.750"
    one = cells.mean(pd.Series([2.0]), 1, bounded=False, tone="bad")
    assert (one.text, one.detail, one.tone) == ("2.0", "", "bad")
    nothing = cells.mean(pd.Series([float("nan")]), detail="head")
    assert (nothing.text, nothing.detail, nothing.sort_key) == ("–", "head", "")


def test_a_span_is_sorted_by_the_mean() -> None:
    cell = cells.span(pd.Series([800.0, 1200.0]), "400 patients")
    assert (cell.text, cell.detail, cell.order) == ("800–1,200", "400 patients", 1000.0)


def test_a_threshold_has_a_range_where_trainings_differ() -> None:
    space = "\N{NO-BREAK SPACE}"
    cell = cells.threshold(Estimate(0.4, 0.25, 0.5))
    assert (cell.text, cell.detail, cell.order) == (".400", f".250{space}to{space}.500", 0.4)
    assert cells.threshold(Estimate(0.4, 0.4, 0.4)).detail == ""


def test_ends_of_counts_are_sorted_by_the_middle() -> None:
    cell = cells.ends(Estimate(15.0, 12.0, 1200.0))
    assert (cell.text, cell.order) == ("12–1,200", 15.0)


def test_neither_value_nor_interval_is_written_where_it_says_nothing() -> None:
    """Four fifths of the range of the metric leave nearly everything open."""
    cell = cells.estimate(Estimate(0.531, 0.006, 0.995), tone="bad")
    assert (cell.text, cell.detail, cell.sort_key, cell.tone) == ("–", "interval too wide", "", "")
    assert cells.estimate(Estimate(0.6, 0.1, 0.89)).text == ".600"
    difference = cells.estimate(Estimate(-0.016, -1.0, 1.0), sign=True)
    assert (difference.text, difference.detail) == ("–", "interval too wide")


def test_an_interval_on_one_side_of_a_line_says_so_much() -> None:
    assert cells.estimate(Estimate(0.5, 0.05, 0.9), sign=True).text == "+.500"
    assert cells.estimate(Estimate(0.4, 0.02, 0.9), line=0.95).text == ".400"
    assert cells.estimate(Estimate(0.4, 0.02, 0.97), line=0.95).text == "–"


def test_how_wide_is_too_wide_goes_by_the_range_of_the_metric() -> None:
    kappa, log_loss = METRICS["kappa"], METRICS["log_loss"]
    assert cells.estimate(Estimate(0.1, -0.4, 0.6), kappa).text == ".100"  # of -1 to 1
    assert cells.estimate(Estimate(0.1, -0.8, 0.9), kappa).text == "–"
    assert cells.estimate(Estimate(2.0, 0.1, 20.0), log_loss).text == "2.000"  # of 0 to 36.04
    assert cells.estimate(Estimate(2.0, 0.1, 30.0), log_loss).text == "–"
    percent = replace(METRICS["auroc"], shown_times=100, digits=1)
    assert cells.estimate(Estimate(53.0, 30.0, 75.0), percent).text == "53.0"
    assert cells.estimate(Estimate(53.0, 6.0, 99.0), percent).text == "–"
