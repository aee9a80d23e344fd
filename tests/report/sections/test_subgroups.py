"""The section on subgroups, on studies with a planted difference and without."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.evaluate.calls import with_calls
from pleura.evaluate.grades import AUROC_AT_LEAST, MEAN_ABSOLUTE_ERROR
from pleura.evaluate.metric import Metric
from pleura.report.classification import read_classifiers
from pleura.report.nouns import GRADE
from pleura.report.numbers import MISSING
from pleura.report.section import Words
from pleura.report.sections.prevalence import find_at_prevalence
from pleura.report.sections.subgroups.section import SECTION, few_told, remarks
from pleura.report.sections.subgroups.subgrouped import TABLE, find_of_labels
from pleura.report.sections.subgroups.tables import difference_table, equal_table
from pleura.report.study import Study
from pleura.tables import LABEL, LOGIT
from pleura.tasks.findings.page import PAGE
from tests.report.conftest import cautions_of, study_of
from tests.report.written import write_report

MakeStudy = Callable[..., Path]
CLASSES = ("healthy", "ill")


def study_with_groups(make_study: MakeStudy, *, blind: bool, **settings: object) -> Path:
    """A study of 120 patients of whom two thirds are F, a few unknown; where `blind`, scores of M
    are shuffled. Images of validation are those of test under other names."""
    folder = make_study(
        {"scratch": 1.2, "tuned": 2.4},
        fractions=(1.0,),
        seeds=(0, 1),
        classes=CLASSES,
        reference="scratch",
        **settings,
    )
    table = pd.read_csv(folder / "predictions.csv")
    number = table["patient"].str[1:].astype(int)
    sex = np.where(number >= 114, "unknown", np.where(number // 2 % 3 == 0, "M", "F"))
    logits = [f"{LOGIT}{name}" for name in CLASSES]
    if blind:
        for _, rows in table.groupby(["recipe", "seed"]).groups.items():
            men = rows[sex[rows] == "M"]
            shuffled = np.random.default_rng(1).permutation(men)
            table.loc[men, logits] = table.loc[shuffled, logits].to_numpy()
    groups = table.assign(sex=sex)[["image", "patient", "sex"]]
    other = table.assign(part="validation", image="v_" + table["image"])
    pd.concat([table, other]).to_csv(folder / "predictions.csv", index=False)
    groups = pd.concat([groups, groups.assign(image="v_" + groups["image"])]).drop_duplicates()
    groups.to_csv(folder / TABLE.path, index=False)
    return folder


def study_in(folder: Path) -> Study[Any]:
    return study_of(read_classifiers(folder))


@pytest.mark.usefixtures("drawn_figures")
def test_a_recipe_that_works_for_one_sex_alone_is_caught(make_study: MakeStudy) -> None:
    folder = study_with_groups(make_study, blind=True)
    study = study_in(folder)
    serious = [each.text for each in cautions_of(study) if each.serious]
    (of_best,) = [text for text in serious if "“tuned”" in text and "works for" in text]
    assert of_best.startswith("“tuned” works for sex F and is not shown to work for sex M: AUROC")
    (few,) = [each.text for each in cautions_of(study) if "Few test patients" in each.text]
    assert "sex unknown (3)" in few
    page = write_report(folder).read_text(encoding="utf-8")
    assert 'id="subgroups"' in page
    assert (folder / "figures" / "subgroups_0.svg").is_file()


def test_without_a_difference_none_is_told(make_study: MakeStudy) -> None:
    study = study_in(study_with_groups(make_study, blind=False))
    found = find_of_labels(study)
    assert found is not None
    assert not any("works for" in each.text for each in cautions_of(study))
    assert remarks(found, study.findings)[0].endswith("how large it could be.")
    assert found.groups == [("sex", "F"), ("sex", "M"), ("sex", "unknown")]
    # The specificity for one of two classes is the sensitivity for the other: it is not tested.
    assert set(found.differences["metric"]) == {"auroc", "sensitivity"}
    titles = [getattr(block, "title", "") for block in SECTION.blocks(study, found)]
    assert "Differences between subgroups" in titles
    assert "By sex" in titles
    assert (
        "Thresholds for a sensitivity of 90\N{NO-BREAK SPACE}% on validation, by subgroup" in titles
    )


def test_differences_that_are_tested_stand_before_those_that_are_not(
    make_study: MakeStudy,
) -> None:
    study = study_in(study_with_groups(make_study, blind=False))
    found = find_of_labels(study)
    assert found is not None
    unknown = found.differences["group"] == "unknown"
    assert found.differences["p"].isna().tolist() == unknown.tolist()
    first = replace(found, differences=found.differences[::-1])
    table = difference_table(first, study.judged, study.findings)
    assert table is not None
    tested = [row[4].text != MISSING for row in table.rows]
    assert tested == sorted(tested, reverse=True)
    assert {True, False} == set(tested)


def test_of_one_subgroup_there_is_nothing_to_compare(make_study: MakeStudy) -> None:
    folder = study_with_groups(make_study, blind=False)
    groups = pd.read_csv(folder / TABLE.path)
    groups.assign(sex="F").to_csv(folder / TABLE.path, index=False)
    study = study_in(folder)
    found = find_of_labels(study)
    assert found is not None
    assert remarks(found, study.findings) == [
        "There is nothing to compare: all test images are in one and the same subgroup."
    ]


def test_where_there_is_no_threshold_nothing_is_told_and_why(make_study: MakeStudy) -> None:
    """Of the patients whose sex is not known two or three of a class validate."""
    study = study_in(study_with_groups(make_study, blind=False))
    found = find_of_labels(study)
    assert found is not None
    table = equal_table(found, study.findings)
    assert table is not None
    (row, *_) = [row for row in table.rows if row[0].text == "sex: unknown"]
    assert [(cell.text, cell.detail) for cell in row[-3:]] == [
        ("–", "too few patients"),
        ("–", ""),
        ("–", ""),
    ]


def test_whoever_is_not_calibrated_is_named(make_study: MakeStudy) -> None:
    folder = study_with_groups(make_study, blind=False)
    table = pd.read_csv(folder / "predictions.csv")
    dropped = (table["recipe"] == "scratch") & (table["part"] == "validation")
    table[~dropped].to_csv(folder / "predictions.csv", index=False)
    study = study_in(folder)
    found = find_of_labels(study)
    assert found is not None
    (words,) = [
        block
        for block in SECTION.blocks(study, found)
        if isinstance(block, Words) and block.name == "equal_left_out"
    ]
    assert words.values == {"names": ["scratch"]}


@pytest.mark.parametrize(
    ("metric", "told"),
    [
        (
            AUROC_AT_LEAST,
            "Few test patients of the scarcest grade in subgroups: sex M (19) and sex unknown (3).",
        ),
        (MEAN_ABSOLUTE_ERROR, "Few test patients in subgroups: sex M (19) and sex unknown (3)."),
    ],
)
def test_few_patients_are_those_that_bear_the_metric(
    make_study: MakeStudy, metric: Metric, told: str
) -> None:
    study = study_in(study_with_groups(make_study, blind=False))
    found = find_of_labels(study)
    assert found is not None
    said = few_told(found, replace(study.findings, metric=metric, noun=GRADE))
    assert said.startswith(told)


def test_a_study_that_asks_for_none_has_no_section(make_study: MakeStudy) -> None:
    study = study_in(make_study(fractions=(1.0,), seeds=(0,)))
    assert find_of_labels(study) is None


def test_an_image_listed_twice_is_refused(make_study: MakeStudy) -> None:
    folder = study_with_groups(make_study, blind=False)
    table = pd.read_csv(folder / TABLE.path)
    pd.concat([table, table[:1]]).to_csv(folder / TABLE.path, index=False)
    with pytest.raises(InputError, match="an image is listed twice"):
        find_of_labels(study_in(folder))


def test_findings_of_which_some_are_unknown(make_study: MakeStudy) -> None:
    """Sensitivity and specificity of each finding are compared, at the threshold it is called by;
    thresholds for one sensitivity and values at another prevalence are there."""
    names = ("Edema", "Mass")
    folder = make_study(
        {"scratch": 1.0, "tuned": 2.0},
        fractions=(1.0,),
        seeds=(0,),
        classes=names,
        reference="scratch",
        prevalence=0.05,
    )
    test = pd.read_csv(folder / "predictions.csv")
    other = {"image": "v_" + test["image"], "patient": "v_" + test["patient"]}
    table = pd.concat([test, test.assign(part="validation", **other)], ignore_index=True)
    images = sorted(set(table["image"]))
    for number, name in enumerate(names):
        known = dict(
            zip(images, np.random.default_rng(number).random(len(images)) > 0.1, strict=True)
        )
        is_there = (table["label"] == name).astype(float)
        table[f"{LABEL}{name}"] = is_there.where(table["image"].map(known))
    table["logit_Edema"] -= table["logit_Mass"]
    table["logit_Mass"] = -table["logit_Edema"]
    with_calls(table.assign(label="")).to_csv(folder / "predictions.csv", index=False)
    sex = np.where(table["patient"].str[-1].isin(list("012345")), "F", "M")
    groups = table.assign(sex=sex)[["image", "patient", "sex"]].drop_duplicates()
    groups.to_csv(folder / TABLE.path, index=False)
    study = PAGE.study(folder)
    found = find_of_labels(study)
    assert found is not None
    assert len(found.differences) == 5 + 1  # AUROC and two rates a finding; AUROC of the reference
    assert found.differences["p"].notna().all()
    assert found.differences["p_holm"].min() > 0.05
    assert set(found.equal["class"]) == set(names)
    there = find_at_prevalence(study)
    assert there is not None
    assert there.values["tuned", 0.9, "Edema", "share"].value == 0.05
    ppv = there.values["tuned", 0.9, "Edema", "ppv"]
    assert 0.05 < ppv.low < ppv.value < ppv.high < 1
