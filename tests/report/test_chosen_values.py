"""What a budget chose is told only while the study has these values."""

from typing import Any

from pleura.report.study_file import chosen_for

KEPT = {
    "budget": "2 h",
    "values": [{"key": "data.size", "value": 96, "why": ""}, {"key": "tune.rates", "value": [0.1]}],
}


def study(size: int) -> dict[str, Any]:
    return {"data": {"size": size}, "tune": {"rates": [0.1]}}


def test_values_that_a_budget_chose_are_named() -> None:
    assert chosen_for(KEPT, study(96)) == ("2 h", ["data.size", "tune.rates"])


def test_nothing_is_told_of_a_study_with_other_values_or_without_a_budget() -> None:
    assert chosen_for(KEPT, study(128)) == ("", [])
    assert chosen_for({}, study(96)) == ("", [])
