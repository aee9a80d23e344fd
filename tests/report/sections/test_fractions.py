"""The metric against labels, or against images."""

from collections.abc import Callable
from dataclasses import replace

from pleura.report.classification import ClassifierFolder
from pleura.report.findings import Findings
from pleura.report.section import Figures, Words
from pleura.report.sections.fractions import LABELS, SIZES
from tests.report.conftest import study_of


def test_several_fractions_make_a_figure(contents: ClassifierFolder, findings: Findings) -> None:
    study = study_of(contents, findings)
    for section, what in ((LABELS, "label fraction"), (SIZES, "data size")):
        against = section.find(study)
        assert against
        words, figures = section.blocks(study, against)
        assert isinstance(words, Words)
        assert isinstance(figures, Figures)
        ((_, description, figure),) = figures.drawn
        assert description == f"AUROC against {what}; numbers in the tables"
        (axes,) = figure.axes
        assert [text.get_text() for text in axes.get_xticklabels()] == ["10\u00a0%", "100\u00a0%"]


def test_one_fraction_makes_none(
    contents: ClassifierFolder, make_findings: Callable[..., Findings]
) -> None:
    findings = replace(make_findings([("scratch", 1.0, 0.8)]), fractions=(1.0,))
    study = study_of(contents, findings, model=False)
    assert list(LABELS.blocks(study, "labels")) == []
