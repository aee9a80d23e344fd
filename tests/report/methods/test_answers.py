"""Items of checklists are answered by what a study knows, and by nothing else."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pleura.report.classification import ClassifierFolder
from pleura.report.methods.checklists import checklists_of
from pleura.report.methods.text import methods_of
from pleura.report.sections.flow import BY_PART
from pleura.report.sections.mistakes import MISTAKES
from pleura.report.sections.subgroups.subgrouped import TABLE
from pleura.report.study import Study


def answered(study: Study[ClassifierFolder]) -> dict[str, str]:
    """The answers by checklist and item: `T12d`, `C43`."""
    lists = checklists_of(study, methods_of(study))
    return {f"{each.title[0]}{number}": answer for each in lists for number, _, answer in each.rows}


OPEN = ("T5a", "T8a", "T11", "T12d", "T13", "T14", "T15", "T18f", "T20a", "T20b", "T21", "T23b")
OPEN_OF_IMAGES = ("C7", "C10", "C12", "C14", "C30", "C31", "C32", "C33", "C35", "C36", "C39", "C43")


@pytest.fixture
def bare(handed_over: Study[ClassifierFolder], tmp_path: Path) -> Study[ClassifierFolder]:
    """A study whose folder tells nothing but its predictions."""
    own = handed_over.recipes.contents
    empty = replace(
        own,
        path=tmp_path,
        best={},
        notes=(),
        counts=own.counts[:0].assign(fraction=[]),
        predictions=own.predictions[own.predictions["part"].isin(["test", "validation"])],
        environment={},
    )
    return replace(handed_over.recipes, contents=empty)


def test_a_study_that_knows_nothing_answers_none_of_these(bare: Study[ClassifierFolder]) -> None:
    answers = answered(bare)
    for item in (*OPEN, *OPEN_OF_IMAGES, "T12g", "T22", "C26", "C27", "C23"):
        assert re.fullmatch(r"\[AUTHORS: [^\]]*\]", answers[item]), (item, answers[item])


def test_a_study_that_knows_answers_these(
    bare: Study[ClassifierFolder], handed_over: Study[ClassifierFolder], tmp_path: Path
) -> None:
    own = handed_over.recipes.contents
    (tmp_path / "panels").mkdir()
    (tmp_path / "panels" / "mistake_00.png").touch()
    mistakes = pd.DataFrame({"file": ["mistake_00.png"]})
    people = pd.DataFrame({"column": ["sex", "age"], "group": ["F", "60"], "part": ["test"] * 2})
    groups = pd.DataFrame({"image": ["a"], "patient": ["p"], "sex": ["F"], "site": ["A"]})
    data = {**own.data, "source": "two hospitals"}
    training = {"class_weights": "balanced", "loss": "cross_entropy"}
    contents = replace(
        own,
        path=tmp_path,
        study={**own.study, "data": data, "training": training},
        notes=("3 rows left out, column age being empty",),
        split={**own.split, "rule": {"test": 0.2}, "manifest": {"images": 9, "patients": 5}},
    )
    for file, table in ((MISTAKES, mistakes), (BY_PART, people), (TABLE, groups)):
        contents = contents.with_table(file, table)
    answers = answered(replace(bare, contents=contents))
    assert answers["T5a"].startswith("Methods, “Data”; [AUTHORS: why these data")
    assert answers["T11"].startswith("left out: 3 rows: column age being empty; [AUTHORS: ")
    assert answers["T12d"] == answers["T23b"] == "Report, “Subgroups”, by site"
    assert answers["T13"] == "Methods, “Training”"
    assert answers["T14"] == "Report, “Subgroups”, by sex"
    assert answers["T12g"] == "Methods, “Final model”"
    assert answers["T20a"].startswith("rows in the table: 12; left out: 3 rows: column age")
    assert "studied: 9 images of 5 patients" in answers["C35"]
    assert answers["T20b"].endswith("by sex and age")
    assert answers["C32"] == answers["T12a"] == "Methods, “Partitions”"
    assert answers["C39"] == "Report, “Most confident mistakes”"
    # What no table tells stays open.
    for item in ("T18f", "C14", "C43", "C33"):
        assert answers[item].startswith("[AUTHORS: ")
    named = replace(contents, split={**contents.split, "rule": {"test": "split"}})
    assert "[AUTHORS: who made the parts" in answered(replace(bare, contents=named))["T12a"]


def test_pictures_of_other_things_are_no_analysis_of_failures(
    bare: Study[ClassifierFolder], tmp_path: Path
) -> None:
    (tmp_path / "panels").mkdir()
    (tmp_path / "panels" / "audit_000.png").touch()
    assert answered(bare)["C39"] == "[AUTHORS: analysis of failures]"


def test_of_clips_rows_are_clips(handed_over: Study[ClassifierFolder]) -> None:
    own = handed_over.recipes.contents
    contents = replace(
        own,
        notes=("36 clips seen by 144 frames: 4 of each, spread evenly",),
        split={**own.split, "manifest": {"images": 144, "patients": 11}},
        counts=own.counts.assign(clips=own.counts["images"] // 2),
    )
    study = replace(handed_over.recipes, contents=contents)
    paragraphs = methods_of(study).paragraphs
    assert "The study used 144 frames of 36 clips of 11 patients." in paragraphs["Data"]
    assert "the number of test clips in brackets" in paragraphs["Reference standard"]
    assert "Results are counted by frame; those by clip" in paragraphs["Statistical analysis"]
    answers = answered(study)
    assert answers["T20a"].startswith("rows in the table: 36; 36 clips, seen by 144 frames")
    assert " frames of " in answers["T21"]
    assert "(clips: " in answers["T21"]
