"""ROC and precision-recall curves, and their section."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from pleura.report.classification import ClassifierFolder
from pleura.report.findings import Findings
from pleura.report.section import Figures
from pleura.report.sections.curves import GRID, SECTION, precision_on_grid, roc_on_grid
from tests.report.conftest import study_of


def test_a_heading_for_each_fraction(contents: ClassifierFolder, findings: Findings) -> None:
    _, figures = SECTION.blocks(study_of(contents, findings), True)
    assert isinstance(figures, Figures)
    headings = [heading.replace("\u00a0", " ") for heading, *_ in figures.drawn]
    assert headings == ["At 10 % of the labels", "With all labels"]


@pytest.mark.parametrize("ties", [False, True])
def test_areas_are_scikit_learns(ties: bool) -> None:
    generator = np.random.default_rng(0)
    positive = generator.random(4000) < 0.3
    scores = positive + generator.normal(size=4000)
    if ties:
        scores = scores.round(1)
    area = np.trapezoid(roc_on_grid(positive, scores), GRID)
    assert area == pytest.approx(roc_auc_score(positive, scores), abs=0.002)
    mean = precision_on_grid(positive, scores)[1:].mean()
    assert mean == pytest.approx(average_precision_score(positive, scores), abs=0.01)


def test_by_hand() -> None:
    positive = np.array([True, False, True, False])
    scores = np.array([0.9, 0.8, 0.7, 0.1])
    roc = roc_on_grid(positive, scores)
    assert roc[[0, 25, 50, 100]] == pytest.approx([0.5, 0.5, 1, 1])
    precision = precision_on_grid(positive, scores)
    assert precision[[0, 50, 51, 100]] == pytest.approx([1, 1, 2 / 3, 2 / 3])


def test_a_perfect_ranking() -> None:
    positive = np.array([True, True, False])
    scores = np.array([3.0, 2.0, 1.0])
    assert (roc_on_grid(positive, scores) == 1).all()
    assert (precision_on_grid(positive, scores) == 1).all()
