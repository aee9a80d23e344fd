"""Students on the page: held against their twins and their teachers, with what they cost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from pleura.evaluate.compare import compare
from pleura.evaluate.curve_areas import AUROC
from pleura.report.classification import read_classifiers
from pleura.report.doubts import fitting
from pleura.report.methods.students import taught_of
from pleura.report.methods.text import methods_of
from pleura.report.section import Words
from pleura.report.sections.learning import SECTION as LEARNING
from pleura.report.sections.students import (
    SECTION,
    TEACHER,
    TWIN,
    find_students,
    student_sentences,
    student_table,
)
from pleura.report.tasks import CLASSIFICATION
from tests.report.conftest import study_of
from tests.report.written import write_report

SKILLS = {"fine-tuning": 2.2, "truncated": 1.4, "student": 2.1}
OPTIONS = {"teacher": "fine-tuning", "members": 3, "temperature": 2.0, "weight": 0.7}
NET: dict[str, Any] = {"backbone": "tf_efficientnet_lite0", "weights": "imagenet"}
CUT = {**NET, "strategy": {"truncation": {"at": "middle"}}}


@pytest.fixture
def folder(make_study: Callable[..., Path]) -> Path:
    """A study at two fractions in which a whole network taught a truncated one."""
    folder = make_study(SKILLS)
    content = yaml.safe_load((folder / "study.yaml").read_text())
    content["reference"] = "fine-tuning"
    content["recipes"] = {
        "fine-tuning": {**NET, "strategy": "fine_tuning"},
        "truncated": CUT,
        "student": {**CUT, "distillation": {**OPTIONS, "unlabelled": 1}},
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    runs = pd.read_csv(folder / "runs.csv")
    mine = runs["recipe"] == "student"
    runs.loc[mine, "teacher"] = "fine-tuning (mean of 3 networks)"
    runs.loc[mine, "n_unlabelled"] = (2000 * (1 - runs["fraction"]))[mine]
    runs.loc[mine, "teacher_seconds"] = 1000
    cut = runs["recipe"] != "fine-tuning"
    runs.loc[cut, ["parameters", "macs"]] = [337_400, 36e6]
    runs.to_csv(folder / "runs.csv", index=False)
    return folder


def test_differences_are_to_the_twin_and_to_the_teacher(folder: Path) -> None:
    study = study_of(read_classifiers(folder))
    found = find_students(study)
    assert found is not None
    assert [(each.name, each.fraction) for each in found] == [("student", 0.1), ("student", 1.0)]
    test = study.contents.test
    for role, rival in ((TWIN, "truncated"), (TEACHER, "fine-tuning")):
        both = test[test["recipe"].isin(["student", rival]) & (test["fraction"] == 0.1)]
        expected = compare(both, reference=rival, margin=study.findings.margin)
        one = found[0].compared[role]
        told = (one.difference.value, one.difference.low, one.difference.high)
        assert told == pytest.approx(expected[["difference", "low", "high"]].to_numpy()[0])
        assert one.verdict == expected["verdict"].iloc[0]
    assert found[0].compared[TWIN].verdict == "better"
    first, _ = student_table(found, study.findings).rows
    assert [cell.text for cell in first[:2]] == ["student", "10\N{NO-BREAK SPACE}%"]
    assert first[4].text == "better" and first[4].detail == "truncated"
    assert first[7].text == "10.0\N{NO-BREAK SPACE}times fewer"
    assert first[8].text == "2.00\N{NO-BREAK SPACE}times fewer"
    assert first[9].detail == "teacher: 16.7\N{NO-BREAK SPACE}min"
    at_few, at_all = student_sentences(found, study.findings)
    assert at_few.startswith(
        "“student”, at 10\N{NO-BREAK SPACE}% of the labels, was taught by fine-tuning (mean of 3 "
        "networks) at temperature 2 and weight 0.7, also on 1,800 images without label. Against "
        "its twin “truncated”: better, AUROC +."
    )
    assert "with all labels" in at_all and "on labelled images alone" in at_all


def test_without_a_twin_that_is_said(folder: Path) -> None:
    content = yaml.safe_load((folder / "study.yaml").read_text())
    content["recipes"]["truncated"]["strategy"] = "fine_tuning"
    (folder / "study.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    study = study_of(read_classifiers(folder))
    found = find_students(study)
    assert found is not None
    assert found[0].rivals == {TEACHER: "fine-tuning"}
    assert (
        "There is no result to compare with of a ranked recipe that is the same without a teacher"
        in next(iter(student_sentences(found, study.findings)))
    )
    assert student_table(found, study.findings).rows[0][3].text == "–"


def test_the_page_and_the_methods_name_the_teacher(folder: Path) -> None:
    page = write_report(folder).read_text(encoding="utf-8")
    section = page[page.index('id="students"') :]
    section = section[: section.index("</section>")]
    assert "Students and teachers" in section
    assert "taught by fine-tuning (mean of 3 networks)" in section
    methods = methods_of(CLASSIFICATION.study(folder))
    assert any("Distilling the knowledge" in each for each in methods.references)
    training = methods.paragraphs["Training"]
    assert "“student” also learned from “fine-tuning” by distillation [" in training
    assert "the mean probabilities of 3 networks that these gave for unvaried" in training
    assert "besides labelled images, 0–1,800 of the training part without" in training


def test_a_study_without_students_has_none_of_it(make_study: Callable[..., Path]) -> None:
    study = study_of(read_classifiers(make_study()))
    assert SECTION.find(study) is None
    assert taught_of({"recipes": {"scratch": {}}}, study.contents.runs) == []


def test_the_loss_of_a_student_is_not_held_against_that_of_labels(folder: Path) -> None:
    runs = read_classifiers(folder).runs
    mine = runs[runs["recipe"] == "student"].assign(
        train_loss=0.1, judged_loss=1.0, validation_loss=1.2, guessing_loss=9.0
    )
    assert "sees other images" not in " ".join(each.text for each in fitting(mine, AUROC))
    plain = mine.assign(teacher="")
    assert "sees other images" in " ".join(each.text for each in fitting(plain, AUROC))
    study = study_of(read_classifiers(folder))
    words = next(each for each in LEARNING.blocks(study, True) if isinstance(each, Words))
    assert words.values["taught"]
