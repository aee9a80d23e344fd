"""A budget is a duration with its unit, or a name; anything else is told what it takes."""

from pathlib import Path
from typing import Any

import pytest

from pleura.errors import InputError
from pleura.study.budget.asked import seconds_of
from pleura.study.study_files import dump_study, make_study, read_study
from tests.study.studies import content


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90 min", 5400.0),
        ("2h", 7200.0),
        ("1.5 hours", 5400.0),
        ("3 days", 3 * 86400.0),
        ("1 d", 86400.0),
        ("Standard", None),
    ],
)
def test_durations_and_names(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (2, "say the unit, such as 2 h"),
        ("2", "takes a duration, such as 90 min, 2 h or 3 days, or one of cheap, standard"),
        ("much", "not 'much'"),
        ("-2 h", "takes a duration"),
        ("10 weeks", "takes a duration"),
        ("0.1 min", "a minute at least and a year at most"),
        ("400 days", "a minute at least and a year at most"),
        (True, "takes a duration"),
        (["2 h"], "takes a duration"),
    ],
)
def test_what_is_no_budget_is_told_what_one_is(given: Any, message: str, tmp_path: Path) -> None:
    study = content(tmp_path / "images.csv") | {"budget": given}
    with pytest.raises(InputError, match=rf"(?s)budget: .*{message}"):
        make_study(study, where="file", relative_to=tmp_path)


def test_a_file_without_a_budget_is_saved_as_before(tmp_path: Path) -> None:
    study = make_study(content(tmp_path / "images.csv"), where="file", relative_to=tmp_path)
    assert "\nbudget:" not in dump_study(study)


def test_a_quick_study_has_no_budget(tmp_path: Path) -> None:
    """It would take as long as the whole."""
    file = tmp_path / "study.yaml"
    text = dump_study(
        make_study(content(tmp_path / "images.csv"), where="file", relative_to=tmp_path)
    )
    file.write_text(text + "budget: 2 h\nquick: {seeds: [0]}\n")
    assert read_study(file).budget == "2 h"
    assert read_study(file, quick=True).budget is None
