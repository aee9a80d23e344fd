"""The section on prediction sets and abstention."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.report.classification import read_classifiers
from pleura.report.nouns import GRADE
from pleura.report.section import Words
from pleura.report.sections.sets.coverage import find_sets
from pleura.report.sections.sets.section import (
    SECTION,
    coverage_table,
    error_table,
    risk_curves,
    size_table,
)
from pleura.tasks.findings.page import PAGE
from tests.report.conftest import cautions_of, doubts_of_model, study_of
from tests.report.made_classifiers import HANDED_OVER
from tests.report.written import write_report

MakeStudy = Callable[..., Path]
ASKED = {"coverage": 0.9, "patients": 0.2}


def study_with(
    make_study: MakeStudy,
    sets: dict[str, float] | None = ASKED,
    *,
    shift: float = 0.0,
    leave: int | None = None,
) -> Path:
    """Two recipes and a baseline, whose calibration and sets are by other patients of the same
    kind; of test patients probabilities are for another class by `shift`, and of the last class
    but `leave` patients are kept for sets."""
    folder = make_study(
        HANDED_OVER,
        fractions=(1.0,),
        seeds=(0, 1),
        classes=("healthy", "ill"),
        reference="scratch",
        **({"sets": sets} if sets else {}),
    )
    table = pd.read_csv(folder / "predictions.csv")
    test = table["part"] == "test"
    others = [
        table[test].assign(part=part, **{name: part + table[name] for name in ("image", "patient")})
        for part in ("validation", "sets")
    ]
    if leave is not None:
        kept = others[1]
        ill = kept["label"] == "ill"
        names = kept.loc[ill, "patient"].unique()[:leave]
        others[1] = kept[~ill | kept["patient"].isin(names)]
    truth = np.where(table["label"] == "ill", 1.0, -1.0)
    table["logit_ill"] -= np.where(test, shift * truth, 0.0)
    pd.concat([table, *others]).to_csv(folder / "predictions.csv", index=False)
    return folder


def test_sets_of_grades_have_no_gap(make_study: MakeStudy) -> None:
    folder = study_with(make_study)
    study = study_of(read_classifiers(folder, noun=GRADE))
    found = find_sets(study)
    assert found is not None
    assert all(rule.ordered for rules in found.rules.values() for rule in rules)
    plain = find_sets(study_of(read_classifiers(folder)))
    assert plain is not None
    assert not any(rule.ordered for rules in plain.rules.values() for rule in rules)


def test_tables_have_every_recipe_and_class(make_study: MakeStudy) -> None:
    study = study_of(read_classifiers(study_with(make_study)))
    found = find_sets(study)
    assert found is not None
    coverage = coverage_table(found, study.findings)
    assert len(coverage.rows) == 3 * 2
    assert "promised: 90\N{NO-BREAK SPACE}%" in coverage.title
    assert [column.title for column in coverage.columns] == [
        *("Recipe", "Class", "Patients", "Covered", "Expected")
    ]
    sizes, errors = size_table(found, study.findings), error_table(found, study.findings)
    assert len(sizes.rows) == len(errors.rows) == 3
    for recipe in found.rules:
        values = {name: found.values[recipe, "", "", name].value for name in ("single", "full")}
        empty, size = (found.values[recipe, "", "", name].value for name in ("empty", "size"))
        assert abs(sum(values.values()) + empty - 1) < 1e-9
        assert abs(values["single"] + 2 * values["full"] - size) < 1e-9
        assert found.errors[recipe, "", "surest"].value <= found.errors[recipe, "", "all"].value
    # Test and calibration are the same images here: the promise holds.
    assert not [each for each in cautions_of(study) if "rediction set" in each.text]


def ask_for_sets(folder: Path) -> None:
    """Make images of test, as of other patients, those that sets are learned from."""
    table = pd.read_csv(folder / "predictions.csv")
    kept = table[table["part"] == "test"].assign(part="sets", patient="s" + table["patient"])
    pd.concat([table, kept]).to_csv(folder / "predictions.csv", index=False)
    with (folder / "study.yaml").open("a") as file:
        file.write("sets: {coverage: 0.8, patients: 0.2}\n")


@pytest.mark.usefixtures("drawn_figures")
def test_the_page_shows_them_and_those_of_the_model(handed_over_folder: Path) -> None:
    folder = handed_over_folder
    ask_for_sets(folder)
    page = write_report(folder).read_text(encoding="utf-8")
    assert 'id="sets"' in page
    assert (folder / "figures" / "abstention_0.svg").is_file()
    study = study_of(read_classifiers(folder))
    found = find_sets(study)
    assert found is not None
    assert study.model is not None
    assert study.model.name in found.rules
    assert study.model.name in found.drawn
    assert not [each for each in doubts_of_model(study) if "rediction set" in each]


def test_a_coverage_that_does_not_hold_on_test_is_warned_of(make_study: MakeStudy) -> None:
    study = study_of(read_classifiers(study_with(make_study, shift=3.0)))
    [told] = [each for each in cautions_of(study) if "sets of fine-tuning" in each.text]
    assert told.serious
    assert "do not keep a coverage of 90\N{NO-BREAK SPACE}% on test" in told.text
    found = find_sets(study)
    assert found is not None
    assert any(row[3].tone == "bad" for row in coverage_table(found, study.findings).rows)


def test_a_class_of_too_few_patients_has_no_set_and_the_page_says_so(make_study: MakeStudy) -> None:
    folder = study_with(make_study, leave=8)
    study = study_of(read_classifiers(folder))
    [told] = [each for each in cautions_of(study) if "No prediction set" in each.text]
    assert "“ill” (8): a coverage of 90\N{NO-BREAK SPACE}% needs 9 patients" in told.text
    assert not told.serious
    found = find_sets(study)
    assert found is not None
    shown = {row[1].text: row[3].text for row in coverage_table(found, study.findings).rows}
    assert shown["ill"] == "no set"
    assert "“ill” (8) here, always in the set" in write_report(folder).read_text(encoding="utf-8")


def test_each_finding_has_rows_of_its_own(make_study: MakeStudy) -> None:
    folder = study_with(make_study)
    table = pd.read_csv(folder / "predictions.csv")
    table["label_healthy"] = (table["label"] == "healthy").astype(int)
    table["label_ill"] = (table["label"] == "ill").astype(object).map({True: "1", False: "0"})
    unknown = table["image"].str.extract(r"_(\d+)", expand=False).astype(int) % 7 == 0
    table.loc[unknown, "label_ill"] = ""
    table.to_csv(folder / "predictions.csv", index=False)
    study = PAGE.study(folder)
    found = find_sets(study)
    assert found is not None
    coverage = coverage_table(found, study.findings)
    assert [row[1].text for row in coverage.rows[:4]] == [
        *("healthy absent", "healthy present", "ill absent", "ill present")
    ]
    assert coverage.columns[1].title == "Finding"
    sizes = size_table(found, study.findings)
    assert [row[1].text for row in sizes.rows] == ["healthy", "ill"] * 3
    [words, *_] = SECTION.blocks(study, found)
    assert isinstance(words, Words)
    assert risk_curves(found, study.findings)[0].axes[1].get_title() == "ill"


def test_without_sets_there_is_no_section(make_study: MakeStudy) -> None:
    assert find_sets(study_of(read_classifiers(study_with(make_study, None)))) is None
    assert SECTION.anchor == "sets"
