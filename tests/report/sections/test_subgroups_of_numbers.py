"""The section on subgroups of a study of numbers."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.numbers import summarise_numbers
from pleura.report.findings import Estimate
from pleura.report.numbers_folder import NumbersFolder
from pleura.report.page import cautions, found_by, write_report
from pleura.report.section import Caution
from pleura.report.sections.subgroups.of_numbers import SECTION, find_of_numbers
from pleura.report.sections.subgroups.section import CUT_AT, ends_of, remarks, undefined_told
from pleura.report.sections.subgroups.subgrouped import TABLE
from pleura.report.study import Study
from pleura.tables import NUMBER, PREDICTED
from pleura.tasks.numbers.page import PAGE

MakeStudy = Callable[..., Path]
ERRORS = {"frozen": 9.0, "tuned": 5.0}  # standard deviations by recipe


def study_by_sex(make_study: MakeStudy, men: float = 1.0, **settings: object) -> Path:
    """Ages that two recipes predict of 60 women and 57 men, whose errors are `men` times as large;
    the sex of three patients is not known."""
    folder = make_study(
        ERRORS,
        fractions=(1.0,),
        seeds=(0, 1),
        reference="frozen",
        data={"manifest": "ages.csv", "number": {"column": "age", "unit": "years"}},
        **settings,
    )
    table = pd.read_csv(folder / "predictions.csv")
    table = table.loc[:, [not str(name).startswith("logit_") for name in table]]
    number = table["patient"].str[1:].astype(int)
    sex = np.where(number >= 117, "unknown", np.where(number % 2 == 0, "F", "M"))
    rng = np.random.default_rng(1)
    age = rng.normal(50, 15, 120)[number]
    off = np.where(sex == "M", men, 1.0) * rng.normal(size=len(table))
    table = table.assign(**{NUMBER: age, PREDICTED: age + off * table["recipe"].map(ERRORS)})
    table.to_csv(folder / "predictions.csv", index=False)
    groups = table.assign(sex=sex)[["image", "patient", "sex"]].drop_duplicates()
    groups.to_csv(folder / TABLE.path, index=False)
    runs = pd.read_csv(folder / "runs.csv")
    runs.columns = runs.columns.str.replace("auroc", "r2")
    runs["history"] = runs["history"].str.replace("auroc", "r2")
    runs["trials"] = runs["trials"].str.replace("auroc", "r2")
    runs.to_csv(folder / "runs.csv", index=False)
    return folder


def cautions_of(study: Study[NumbersFolder]) -> list[Caution]:
    return cautions(found_by(PAGE.sections, study), study)


@pytest.mark.usefixtures("drawn_figures")
def test_larger_errors_in_one_sex_are_caught(make_study: MakeStudy) -> None:
    folder = study_by_sex(make_study, men=3.0)
    study = PAGE.study(folder)
    (told,) = [each for each in cautions_of(study) if "“tuned” is shown to do worse" in each.text]
    assert told.serious
    assert "worse for sex M than for sex F: mean absolute error in years" in told.text
    (few,) = [each.text for each in cautions_of(study) if "Few test patients" in each.text]
    assert few.startswith("Few test patients in subgroups: sex unknown (3).")
    page = write_report(folder, PAGE).read_text(encoding="utf-8")
    assert 'id="subgroups"' in page
    assert "R² and concordance hang on how far numbers are spread" in page
    assert (folder / "figures" / "subgroups_0.svg").is_file()


def test_equal_errors_are_not(make_study: MakeStudy) -> None:
    study = PAGE.study(study_by_sex(make_study))
    found = find_of_numbers(study)
    assert found is not None
    assert not any("is shown to do worse" in each.text for each in cautions_of(study))
    assert remarks(found, study.findings)[0].endswith("how large it could be.")
    assert found.groups == [("sex", "F"), ("sex", "M"), ("sex", "unknown")]
    titles = [getattr(block, "title", "") for block in SECTION.blocks(study, found)]
    assert {"Differences between subgroups", "By sex"} <= {*titles}
    assert not any("Thresholds" in title or "Single" in title for title in titles)


@pytest.mark.parametrize("metric", ["mae", "r2"])
def test_values_are_those_of_the_sex_alone(make_study: MakeStudy, metric: str) -> None:
    study = PAGE.study(study_by_sex(make_study, metric=metric))
    found = find_of_numbers(study)
    assert found is not None
    assert found.primary == (metric, "all")
    assert set(found.differences["metric"]) == {metric}
    test, (grouping,) = study.contents.test, found.groupings
    women = summarise_numbers(test[test["image"].map(grouping.of_image) == "F"])
    for row in women.to_dict("records"):
        its = found.values[row["recipe"], "sex", "F", row["metric"], "all"]
        expected = [row[name] for name in ("value", "low", "high")]
        assert [its.value, its.low, its.high] == pytest.approx(expected, abs=1e-9)


def test_a_single_patient_has_no_interval_and_that_is_told(make_study: MakeStudy) -> None:
    folder = study_by_sex(make_study)
    groups = pd.read_csv(folder / TABLE.path)
    groups["sex"] = np.where(groups["patient"] == "p0", "D", groups["sex"])
    groups.to_csv(folder / TABLE.path, index=False)
    study = PAGE.study(folder)
    found = find_of_numbers(study)
    assert found is not None
    told = undefined_told(found, study.findings)
    assert "the only one there, or the only one with another number: in sex D." in told
    assert "class" not in told


def test_the_axis_is_cut_where_an_interval_would_leave_no_room(make_study: MakeStudy) -> None:
    measures = PAGE.study(study_by_sex(make_study)).judged.measures
    near, wide = Estimate(4.0, 3.0, 6.0), Estimate(5.0, 0.0, 1e6)
    assert ends_of([near, near], measures["mae"]) == (None, None)
    assert ends_of([near, wide], measures["mae"]) == (None, CUT_AT * 5.0)
    good, bad = Estimate(0.9, 0.8, 0.95), Estimate(0.8, -1e6, 1.0)
    assert ends_of([good, good], measures["r2"]) == (None, None)
    least, most = ends_of([good, bad], measures["r2"])
    assert least == pytest.approx(1 - CUT_AT * 0.2)
    assert most is None
    assert ends_of([good, bad], measures["concordance"]) == (None, None)
