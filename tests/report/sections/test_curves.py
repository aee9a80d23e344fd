"""The section of ROC and precision-recall curves."""

from pleura.report.classification import ClassifierFolder
from pleura.report.findings import Findings
from pleura.report.section import Figures
from pleura.report.sections.curves import SECTION
from tests.report.conftest import study_of


def test_a_heading_for_each_fraction(contents: ClassifierFolder, findings: Findings) -> None:
    _, figures = SECTION.blocks(study_of(contents, findings), True)
    assert isinstance(figures, Figures)
    headings = [heading.replace("\u00a0", " ") for heading, *_ in figures.drawn]
    assert headings == ["At 10 % of the labels", "With all labels"]
