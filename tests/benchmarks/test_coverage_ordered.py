"""A small, seeded part of the coverage of metrics of grades and numbers."""

import pytest
from benchmarks.coverage_ordered import NAMED, Setting, grades, numbers

from pleura.evaluate.number_metrics import METRICS


def test_intervals_cover_and_equal_recipes_seldom_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds are about five standard errors of 40 simulations from 95 and 5 %, and limits are
    narrower than what is possible. The truth is that of 40,000 patients, whose error is a
    thirtieth of that of the 60 of a simulation."""
    monkeypatch.setattr("benchmarks.coverage_ordered.POPULATION", 40_000)
    of = Setting(60, correlation=0.8, within=0.5, cuts="even")
    rows = [*grades(of, 40), *numbers(of, 40)]
    assert {row["metric"] for row in rows} == {*NAMED, *METRICS}
    for row in rows:
        assert float(str(row["coverage"])) >= 0.78, row
        assert float(str(row["significant"])) <= 0.23, row
        assert float(str(row["width"])) <= 0.7, row
