"""Of the model that is handed over every doubt is told, and none is cut to "and more"."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pleura.report.classification import read_classifiers
from pleura.report.prose import EVERY
from pleura.report.sections.sets import coverage as sets
from pleura.report.sections.subgroups.section import unequal
from pleura.report.sections.subgroups.subgrouped import Subgrouped, find_of_labels
from tests.report.conftest import cautions_of, doubts_of_model, study_of
from tests.report.sections.test_sets import ask_for_sets
from tests.report.sections.test_subgroups import study_in, study_with_groups

MakeStudy = Callable[..., Path]


def test_sets_that_do_not_hold(handed_over_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lower = [f"answer {number}" for number in range(6)]
    monkeypatch.setattr(sets, "fallen", lambda *_: lower)
    ask_for_sets(handed_over_folder)
    study = study_of(read_classifiers(handed_over_folder))
    assert any("and 3 more" in each.text for each in cautions_of(study))
    [told] = [each for each in doubts_of_model(study) if "rediction set" in each]
    assert all(each in told for each in lower)


def test_rates_that_differ_between_subgroups(
    make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = study_in(study_with_groups(make_study, blind=True))
    found = find_of_labels(study)
    assert found is not None
    row = found.differences.iloc[:1].assign(metric="sensitivity")
    rows = pd.concat([row.assign(**{"class": f"class {number}"}) for number in range(7)])
    monkeypatch.setattr(Subgrouped, "shown", lambda *_: rows)
    recipe = rows["recipe"].iloc[0]
    [short] = unequal(found, study.findings, recipe, "It")
    assert "and 3 more" in short
    [full] = unequal(found, study.findings, recipe, "It", EVERY)
    assert all(f"class {number}" in full for number in range(7))
