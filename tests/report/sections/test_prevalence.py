"""The section on another prevalence."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pleura.report.classification import read_classifiers
from pleura.report.sections.prevalence import SECTION, find_at_prevalence
from tests.report.conftest import study_of
from tests.report.written import write_report

MakeStudy = Callable[..., Path]


def study_at(make_study: MakeStudy, **settings: object) -> Path:
    folder = make_study(
        {"scratch": 1.0, "tuned": 2.0},
        fractions=(1.0,),
        seeds=(0, 1),
        classes=("healthy", "ill"),
        reference="scratch",
        **settings,
    )
    table = pd.read_csv(folder / "predictions.csv")
    other = table.assign(
        part="validation", image="v_" + table["image"], patient="v_" + table["patient"]
    )
    pd.concat([table, other]).to_csv(folder / "predictions.csv", index=False)
    return folder


@pytest.mark.usefixtures("drawn_figures")
def test_predictive_values_fall_with_the_prevalence(make_study: MakeStudy) -> None:
    folder = study_at(make_study, prevalence={"ill": 0.02})
    study = study_of(read_classifiers(folder))
    found = find_at_prevalence(study)
    assert found is not None
    ppv = found.values["tuned", 0.9, "ill", "ppv"]
    assert 0.02 < ppv.low < ppv.value < ppv.high < 1
    assert ppv.value < 0.5
    assert found.values["tuned", 0.9, "healthy", "share"].value == 0.98
    assert not found.undefined
    titles = [getattr(block, "title", "") for block in SECTION.blocks(study, found)]
    assert "At the threshold for a sensitivity of 90\N{NO-BREAK SPACE}% on validation" in titles
    page = write_report(folder).read_text(encoding="utf-8")
    assert 'id="prevalence"' in page
    assert "2\N{NO-BREAK SPACE}% for “ill”" in page
    assert (folder / "figures" / "prevalence_0.svg").is_file()


def test_without_a_prevalence_there_is_no_section(make_study: MakeStudy) -> None:
    assert find_at_prevalence(study_of(read_classifiers(study_at(make_study)))) is None
