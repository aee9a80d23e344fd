"""The section on probabilities and what acting on them means."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.calibration import before_and_after
from pleura.evaluate.decision import TARGETS, decision_curve
from pleura.report.classification import read_classifiers
from pleura.report.figures.canvas import house_style
from pleura.report.figures.probabilities import THRESHOLDS, decision, reliability
from pleura.report.findings import Findings
from pleura.report.prose import sentences
from pleura.report.sections.probabilities.calibrated import Probabilities, find_probabilities
from pleura.report.sections.probabilities.section import (
    map_table,
    remarks,
    score_table,
    sensitivity_table,
)
from tests.report.conftest import find
from tests.report.made_classifiers import predictions_table
from tests.report.written import write_report

MakeStudy = Callable[..., Path]
Found = tuple[Probabilities, Findings]
SKILLS = {"scratch": 1.0, "probe": 1.5, "best": 2.2, "pixels: random forest": 0.9}


def study_with_validation(
    folder: Path,
    skills: dict[str, float],
    classes: tuple[str, ...],
    stretch: float = 1.0,
    patients: int = 180,
) -> Path:
    """Add a validation part of other patients, whose logits are `stretch` times as large."""
    test = pd.read_csv(folder / "predictions.csv")
    other = predictions_table(skills, (1.0,), (0, 1), classes, patients)
    other["patient"] = "v" + other["patient"]
    logits = [f"logit_{name}" for name in classes]
    other[logits] = stretch * other[logits]
    pd.concat([test, other.assign(part="validation")]).to_csv(
        folder / "predictions.csv", index=False
    )
    return folder


@pytest.fixture
def make(make_study: MakeStudy) -> Callable[..., Found]:
    def found(
        skills: dict[str, float] = SKILLS,
        classes: tuple[str, ...] = ("healthy", "ill"),
        stretch: float = 1.0,
        patients: int = 180,
    ) -> Found:
        folder = make_study(skills, fractions=(1.0,), seeds=(0, 1), classes=classes)
        study_with_validation(folder, skills, classes, stretch, patients)
        contents = read_classifiers(folder)
        findings = find(contents)
        probabilities = find_probabilities(contents.predictions, findings)
        assert probabilities
        return probabilities, findings

    return found


def test_tables_hold_all_and_figures_the_few_that_matter(make: Callable[..., Found]) -> None:
    probabilities, findings = make()
    assert probabilities.drawn == ("best", "scratch", "pixels: random forest")
    scores, maps = score_table(probabilities, findings), map_table(probabilities, findings)
    sensitivities = [sensitivity_table(probabilities, findings, target) for target in TARGETS]
    for table in (scores, maps):
        assert [row[0].text for row in table.rows] == list(findings.looks)
    for table in sensitivities:
        assert len(table.rows) == 2 * len(SKILLS)
    for table in (scores, maps, *sensitivities):
        assert {len(row) for row in table.rows} == {len(table.columns)}
    best = scores.rows[0]
    summary = findings.estimate("best", 1.0, "log_loss")
    assert best[1].text == f"{summary.value:.3f}"
    assert best[1].detail.replace("\u00a0", " ") == f"{summary.low:.3f} to {summary.high:.3f}"


def test_the_share_of_a_finding_is_of_the_test_images_of_which_it_is_known(
    make: Callable[..., Found],
) -> None:
    """One finding is in 3 of 12 images; the other is known of 8, and in 4 of these."""
    probabilities, findings = make({"scratch": 1.0, "best": 2.2})
    several = np.repeat([[1, 1], [0, 1], [0, 0], [0, -1]], [3, 1, 4, 4], axis=0)
    for trainings in probabilities.calibrations.recipes.values():
        for i, one in enumerate(trainings):
            trainings[i] = replace(one, after=replace(one.after, labels=several))
    shares = [row[1].detail for row in sensitivity_table(probabilities, findings, TARGETS[0]).rows]
    assert shares == 2 * ["25\u00a0%", "50\u00a0%"]


def test_figures_draw_what_was_found(make: Callable[..., Found]) -> None:
    classes = tuple(f"finding {i}" for i in range(5))
    probabilities, findings = make({"scratch": 1.0, "best": 2.2}, classes)
    with house_style():
        diagrams, curves = reliability(probabilities, findings), decision(probabilities, findings)
    assert [len(figure.axes) for figure in diagrams] == [2 * 4, 2 * 1]
    assert [len(figure.axes) for figure in curves] == [4, 1]
    assert curves[1].axes[0].get_title(loc="left") == "finding 4"
    cells = before_and_after(probabilities.calibrations.recipes["best"])["after"]
    expected = decision_curve(cells, 4, THRESHOLDS)
    drawn = [np.asarray(line.get_ydata(), dtype=float) for line in curves[1].axes[0].lines]
    assert any(len(y) == len(expected) and np.allclose(y, expected) for y in drawn)


def test_a_map_that_suits_the_test_part_is_shown_to_help(make: Callable[..., Found]) -> None:
    probabilities, findings = make()
    change, held = remarks(probabilities, findings)
    scores = score_table(probabilities, findings)
    assert "shown to lower the log-loss on test for “best”" in change
    assert "to raise it for none." in change
    assert scores.rows[0][2].tone == "good"
    assert held.endswith("of the recipes drawn.")
    values = {"number": 2, "lower": [], "higher": [], "below": [], "noun": findings.noun}
    told = sentences("probabilities", "remarks", **values, target=0.9, by_model=["normal"])[1]
    assert told.endswith("drawn. For the model in best/ it did not hold, as said above.")


def test_a_map_from_unlike_images_is_owned_up_to(make: Callable[..., Found]) -> None:
    """Logits a third as large on validation make test three times too sure."""
    probabilities, findings = make(stretch=1 / 3, patients=720)
    change, held = remarks(probabilities, findings)
    scores = score_table(probabilities, findings)
    assert "on test for none, to raise it for “probe”, “scratch”" in change
    assert "check probabilities there before use" in change
    assert [row[2].tone for row in scores.rows[1:]] == ["bad"] * 3
    assert "chosen on validation did not hold on test: ." in held
    fallen = [
        row[4]
        for row in sensitivity_table(probabilities, findings, TARGETS[1]).rows
        if row[4].tone == "bad"
    ]
    assert fallen
    assert all(cell.order is not None and cell.order < 0.95 for cell in fallen)


@pytest.mark.usefixtures("drawn_figures")
def test_the_page_has_the_section_and_without_validation_none(make_study: MakeStudy) -> None:
    skills = {"scratch": 1.0, "best": 2.2}
    folder = make_study(skills, fractions=(1.0,), seeds=(0, 1), classes=("healthy", "ill"))
    contents = read_classifiers(folder)
    assert find_probabilities(contents.predictions, find(contents)) is None
    study_with_validation(folder, skills, ("healthy", "ill"))
    page = write_report(folder).read_text(encoding="utf-8")
    assert page.count("Probabilities and use") == 1
    assert 'href="#probabilities"' in page
    assert (folder / "figures" / "reliability_0.svg").exists()
    assert (folder / "figures" / "decisions_0.svg").exists()
    assert write_report(folder).read_text(encoding="utf-8") == page
