"""The network that is handed over has its figures, its rows and its cautions."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pleura.evaluate.cases import compare_cases, summarise_cases
from pleura.report.figures.boxes import boxes
from pleura.report.figures.canvas import house_style
from pleura.report.figures.forest import forest
from pleura.report.model import row_told
from pleura.report.numbers import decimal
from pleura.report.sections.forest import other_measures
from pleura.report.sections.results import network_table
from pleura.report.sections.sources import source_table
from pleura.report.sections.structures import structure_table
from pleura.report.segmentation import CasesFolder, judge, read_cases_folder
from pleura.report.study import Judged, Study
from pleura.report.tasks import SEGMENTATION
from tests.report.conftest import doubts_of_model, study_of
from tests.report.test_page import Page
from tests.report.written import write_report

MakeCases = Callable[..., Path]
NAME = "best/ (X-Unet)"


@pytest.fixture(scope="module")
def study(cases: CasesFolder, judged: Judged) -> Study[CasesFolder]:
    found = study_of(cases, judged)
    assert found.model is not None
    return found


def reached(study: Study[CasesFolder]) -> str:
    """What the top of the page says that the network reaches."""
    return str(SEGMENTATION.top(study)["reached"])


def test_its_figures_are_those_of_its_one_training(
    cases: CasesFolder, study: Study[CasesFolder]
) -> None:
    test = cases.test
    mine = test[(test["recipe"] == "X-Unet") & (test["seed"] == 0) & (test["fraction"] == 1)]
    by_image = mine.groupby("image")["dice"].mean()
    findings = study.findings
    assert findings.primary(NAME, 1.0).value == pytest.approx(by_image.mean(), abs=1e-12)
    said = reached(study)
    assert said.startswith(
        f"On test (48 images of 24 patients) this one training reaches Dice "
        f"{decimal(by_image.mean())} ("
    )
    for of, dice in mine.groupby("structure")["dice"].mean().items():
        assert f"“{of}” {decimal(dice)} (" in said
    table = summarise_cases(mine)
    distances = table[(table["metric"] == "hd95") & (table["structure"] == "all")]
    assert f"Hausdorff distance {distances['value'].iloc[0]:.1f} mm (" in said


def test_it_has_a_row_wherever_recipes_have_theirs(
    cases: CasesFolder, study: Study[CasesFolder]
) -> None:
    its, shown = study.contents, study.judged
    by_source, _ = source_table(shown, its)
    tables = [network_table(shown, its, its.runs, 1.0), structure_table(shown, its, 1.0), by_source]
    for table in tables:
        assert table is not None
        first = table.rows[-1][0]
        assert (first.text, first.detail) == (NAME, "handed over: seed 0")
    assert NAME not in [row[0].text for row in network_table(shown, its, its.runs, 0.25).rows]
    with house_style():
        names = [
            label.get_text() for label in forest(shown.findings, 1.0).axes[0].get_yticklabels()
        ]
        rows = boxes(its.test, shown.findings, 1.0).axes[0].get_yticklabels()
    assert names[-1] == rows[-1].get_text() == NAME
    assert "(seed 0)" in row_told(shown.findings, cases)


def test_it_is_neither_ranked_nor_compared(
    cases: CasesFolder, judged: Judged, study: Study[CasesFolder]
) -> None:
    shown = study.judged
    assert shown.findings.recipes == judged.findings.recipes
    assert shown.comparisons.equals(judged.comparisons)
    others = other_measures(shown, study.contents, 1.0)
    assert others is not None
    assert NAME not in [row[0].text for row in others.rows]
    write_report(cases.path)
    assert NAME not in (cases.path / "summary.csv").read_text(encoding="utf-8")
    assert NAME not in (cases.path / "comparisons.csv").read_text(encoding="utf-8")
    alone = compare_cases(cases.test, reference="X-Unet", metric="dice")
    mine = judged.comparisons[judged.comparisons["metric"] == "dice"]
    np.testing.assert_allclose(mine["p_holm"].to_numpy(float), alone["p_holm"].to_numpy(float))


def test_of_folds_it_has_met_one(cases: CasesFolder) -> None:
    # Every other patient tests in the second fold, and structures are counted in its own.
    fold = cases.cases["patient"].str[1:].astype(int) % 2
    card = {**cases.best, "fold": 1}
    several = replace(
        cases,
        cases=cases.cases.assign(fold=fold),
        runs=cases.runs.assign(fold=1),
        counts=cases.counts.assign(fold=cases.counts["seed"] % 2),
        best=card,
    )
    found = study_of(several)
    assert reached(found).startswith("On test (24 images of 12 patients)")
    rows = structure_table(found.judged, found.contents, 1.0).rows
    details = {(row[0].text, row[1].text): row[1].detail for row in rows}
    first = cases.structures[0]
    assert details[NAME, first] == "in 12 patients"
    assert details["X-Unet", first] == "in 24 patients"
    assert rows[-1][0].detail == "handed over: seed 0, fold 1"


def test_its_cautions_are_told_in_full(study: Study[CasesFolder]) -> None:
    assert doubts_of_model(study) == []
    its = study.recipes.contents
    mine = (its.runs["recipe"] == "X-Unet") & (its.runs["seed"] == 0) & (its.runs["fraction"] == 1)
    runs = its.runs.assign(
        converged=its.runs["converged"].mask(mine, False),
        rate_at_edge=its.runs["rate_at_edge"].mask(mine, True),
    )
    gone = (its.cases["recipe"] == "X-Unet") & (its.cases["seed"] == 0)
    lost = its.cases.assign(dice=its.cases["dice"].mask(gone, 0.0))
    told = doubts_of_model(study_of(replace(its, runs=runs, cases=lost)))
    assert told[0].startswith(f"“{NAME}” hardly finds ")
    assert told[1:3] == [
        "Its training had not converged: more epochs may change it.",
        "Its learning rate lies at the edge of the grid: a better one may lie outside.",
    ]


@pytest.mark.usefixtures("drawn_figures")
def test_on_the_page(make_cases: MakeCases) -> None:
    folder = make_cases(metric="hd95", margin=1.0)
    page = Page(write_report(folder))
    text = page.text.replace("\u00a0", " ")
    top = text[: text.index("Before believing it")]
    assert "is “X-Unet” (with all labels, seed 0), chosen on validation (Dice .870" in top
    assert "On test (16 images of 8 patients) this one training reaches Dice ." in top
    assert "one training of “X-Unet” with all labels (seed 0), on its own test images" in text
    # One rounding: what the table says in tenths of a millimetre, so do figures and verdict.
    contents = read_cases_folder(folder)
    value = judge(contents).findings.primary("X-Unet", 1.0)
    assert f"X-Unet: {value.value:.1f} ({value.low:.1f} to {value.high:.1f})" in text
    assert f">{value.value:.1f} ({value.low:.1f}" in page.html.replace("\u00a0", " ")
    assert f"{value.value:.3f} (" not in text


def test_without_a_model_or_its_cases_there_is_none(cases: CasesFolder, judged: Judged) -> None:
    assert study_of(replace(cases, best={}), judged).model is None
    card = json.loads((cases.path / "best" / "model.json").read_text(encoding="utf-8"))
    other = study_of(replace(cases, best={**card, "seed": 9}), judged)
    assert other.model is None
    assert reached(other) == ""
    assert doubts_of_model(other) == []
