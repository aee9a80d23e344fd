"""The section of learning curves."""

from dataclasses import replace

from pleura.report.classification import ClassifierFolder
from pleura.report.findings import Findings
from pleura.report.section import Figures
from pleura.report.sections.learning import SECTION
from tests.report.conftest import study_of


def test_a_figure_for_each_fraction_that_trained_by_epochs(
    contents: ClassifierFolder, findings: Findings
) -> None:
    _, curves = SECTION.blocks(study_of(contents, findings), True)
    assert isinstance(curves, Figures)
    assert [heading.replace("\u00a0", " ") for heading, *_ in curves.drawn] == [
        "At 10 % of the labels",
        "With all labels",
    ]
    runs = contents.runs
    solved = runs["history"].map(lambda history: history[:0])
    without = study_of(replace(contents, runs=runs.assign(history=solved)), findings)
    assert list(SECTION.blocks(without, True)) == []
