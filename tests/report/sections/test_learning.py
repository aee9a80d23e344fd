"""The section of learning curves."""

from dataclasses import replace

from pleura.report.classification import ClassifierFolder
from pleura.report.findings import Findings
from pleura.report.numbers import MISSING
from pleura.report.section import Figures
from pleura.report.sections.learning import SECTION
from pleura.report.table import Table
from tests.report.conftest import study_of


def test_a_figure_for_each_fraction_that_trained_by_epochs(
    contents: ClassifierFolder, findings: Findings
) -> None:
    _, curves, more = SECTION.blocks(study_of(contents, findings), True)
    assert isinstance(curves, Figures)
    assert [heading.replace("\u00a0", " ") for heading, *_ in curves.drawn] == [
        "At 10 % of the labels",
        "With all labels",
    ]
    assert isinstance(more, Table)
    told = {row[0].text: [cell.text for cell in row[1:]] for row in more.rows}
    assert told["scratch"][0].startswith(".00")
    assert {cells[1] for cells in told.values()} == {MISSING}  # two fractions tell no law
    assert told["pixels: random forest"][0] == MISSING
    runs = contents.runs
    solved = runs["history"].map(lambda history: history[:0])
    without = study_of(replace(contents, runs=runs.assign(history=solved)), findings)
    assert list(SECTION.blocks(without, True)) == []
