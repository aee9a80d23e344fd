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
