"""ROC and precision-recall curves of each class."""

from collections.abc import Iterator

from pleura.report.classification import ClassifierStudy
from pleura.report.figures.curves import curves
from pleura.report.numbers import at_labels, capital
from pleura.report.section import Blocks, Drawn, Figures, Section, Words, always


def _drawn(study: ClassifierStudy) -> Iterator[Drawn]:
    for fraction in study.findings.fractions:
        where = at_labels(fraction)
        description = (
            f"ROC and precision-recall curves, {where}; their areas are in the table of classes"
        )
        if len(study.findings.classes) == 2:
            description += "; of two classes the second has the ROC curve of the first, mirrored"
        for i, figure in enumerate(curves(study.contents.predictions, study.findings, fraction)):
            yield "" if i else capital(where), description, figure


def _blocks(study: ClassifierStudy, _: bool) -> Blocks:
    yield Words()
    yield Figures("curves", _drawn(study))


SECTION = Section("curves", always, _blocks)
