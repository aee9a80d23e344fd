"""What must be seen before all else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pleura.report.classification import ClassifierFolder, read_classifiers
from pleura.report.findings import Findings
from pleura.report.first_screen import OF_STUDY, ROWS, not_told, parted, shown_first
from pleura.report.section import Caution
from pleura.report.sections.flow import BY_PART
from pleura.report.sources_tested import sources_tested
from pleura.tables import AUDIT
from tests.report.conftest import cautions_of, study_of

MakeStudy = Callable[..., Path]


def test_one_caution_of_a_section_stands_open() -> None:
    first, again = Caution("One.", see="tuning"), Caution("Two.", see="tuning")
    other, nowhere, last = Caution("3.", see="data"), Caution("4."), Caution("5.", see="cost")
    cautions = parted([first, again, other, nowhere, last], 3)
    assert cautions.open == [first, other, nowhere]
    assert cautions.folded == [again, last]


def test_no_serious_caution_of_a_study_is_folded() -> None:
    serious = [Caution(f"{i}.", see="data") for i in range(3)]
    same = Caution("4.", serious=False, see="data")
    other = Caution("5.", serious=False, see="audit")
    last = Caution("6.", serious=False, see="tuning")
    cautions = parted([*serious, same, other, last], 4, serious=True)
    assert cautions.open == [*serious, other]
    assert cautions.folded == [same, last]
    assert parted([*serious, other], 1, serious=True).open == serious


def test_of_serious_cautions_of_one_kind_the_first_stands_open() -> None:
    same = [Caution(f"{name} finds nothing.", see="data", kind="finds") for name in "abc"]
    other = Caution("Few patients.", see="data", kind="few")
    cautions = parted([*same, other], 1, serious=True)
    assert cautions.open == [same[0], other]
    assert cautions.folded == same[1:]


def test_who_is_who_and_copies_stand_before_the_edge_of_a_grid(make_study: MakeStudy) -> None:
    folder = make_study(seeds=(0,), data={"image_is_patient": True, "patients": 50})
    runs = pd.read_csv(folder / "runs.csv").assign(rate_at_edge=True, converged=False)
    runs.to_csv(folder / "runs.csv", index=False)
    suspect = {
        "kind": "doubtful label",
        "rows": "2",
        "images": "a.png",
        "patients": "p",
        "text": "a",
    }
    pd.DataFrame([{**suspect, "leak": False, "file": ""}]).to_csv(folder / AUDIT, index=False)
    study = study_of(read_classifiers(folder))
    texts = [each.text for each in parted(cautions_of(study), OF_STUDY, serious=True).open]
    for told in ("counts as its own patient", "No more than 50 patients", "One seed"):
        assert any(told in text for text in texts)
    (edge,) = [i for i, each in enumerate(cautions_of(study)) if "edge of the grid" in each.text]
    (copies,) = [i for i, each in enumerate(cautions_of(study)) if "suspects" in each.text]
    assert copies < edge


def test_of_many_recipes_the_best_and_those_that_are_needed_are_drawn(
    make_findings: Callable[..., Findings],
) -> None:
    values = [(f"recipe {i}", 1.0, 0.6 + i / 100) for i in range(20)]
    values += [("scratch", 1.0, 0.5), ("pixels: random forest", 1.0, 0.9)]
    few = shown_first(make_findings(values))
    best = [f"recipe {i}" for i in range(19, 19 - (ROWS - 2), -1)]
    assert list(few.looks) == [*best, "scratch", "pixels: random forest"]
    assert list(shown_first(few).looks) == list(few.looks)


@pytest.mark.parametrize(("seeds", "told"), [(1, True), (3, False)])
def test_what_the_data_cannot_tell(seeds: int, told: bool, contents: object) -> None:
    study = study_of(contents)
    study.findings.summary["seeds"] = seeds
    sentences = not_told(study)
    assert any("there is one seed" in each for each in sentences) == told
    assert any("no subgroups were asked for" in each for each in sentences)
    assert sentences[-1].startswith("Whether anyone is helped")


def test_how_small_a_difference_it_could_not_show_is_told_where_none_was_shown(
    contents: ClassifierFolder,
) -> None:
    study = study_of(contents)
    table = study.findings.comparisons
    for verdict, told in (("no difference shown", True), ("better", False)):
        of = table.assign(verdict=verdict, detectable=0.042)
        findings = replace(study.findings, comparisons=of)
        its = study_of(contents, findings, model=False)
        assert any("differ by less than .042 AUROC" in each for each in not_told(its)) == told


@pytest.mark.parametrize(
    ("trained", "told"),
    [
        ({"A": "train", "B": "validation"}, "of 2 sources (A and B), which trained it, too."),
        ({"A": "train"}, "of the 2 sources of the patients tested, B trained nothing; the others"),
        ({"C": "train"}, "no patient of A and B trained it, and of other places nothing is known."),
        ({"A": "train", "unknown": "train"}, "whether these trained it, too, is not recorded."),
        ({}, "of 2 sources (A and B); whether these trained it, too, is not recorded."),
    ],
)
def test_a_source_that_trained_nothing_is_not_said_to_have_trained(
    trained: dict[str, str], told: str, contents: ClassifierFolder
) -> None:
    rows = [("source", name, part, 5, 5) for name, part in trained.items()]
    rows += [("source", name, "test", 5, 5) for name in "AB"] if rows else []
    table = pd.DataFrame(rows, columns=["column", "group", "part", "patients", "images"])
    sources = ["A", "B"] * len(contents.predictions)
    tested = contents.predictions.assign(source=sources[: len(contents.predictions)])
    study = study_of(replace(contents, predictions=tested).with_table(BY_PART, table))
    assert told in not_told(study)[0]
    assert bool(sources_tested(study).elsewhere) == ("nothing" in told)


def test_who_tests_may_come_from_elsewhere_where_the_data_name_them(
    contents: ClassifierFolder,
) -> None:
    assert "drawn from the same images" in not_told(study_of(contents))[0]
    official = replace(contents, split={**contents.split, "rule": {"test": "split"}})
    assert "no source tells whether these come from elsewhere" in not_told(study_of(official))[0]
