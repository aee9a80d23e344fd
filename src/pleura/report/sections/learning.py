"""Losses and a score on validation by epoch."""

from collections.abc import Iterator, Sequence

from pleura.report.figures.learning import learning_curves
from pleura.report.folder import Folder
from pleura.report.numbers import at_labels, capital
from pleura.report.section import Block, Drawn, Figures, Section, Words
from pleura.report.study import Study


def _find(study: Study[Folder]) -> Sequence[Drawn]:
    """A figure for each fraction at which something trained by epochs."""
    runs, findings = study.recipes.contents.runs, study.recipes.findings
    return [
        (capital(at_labels(fraction)), f"Learning curves, {at_labels(fraction)}", figure)
        for fraction in findings.fractions
        if (figure := learning_curves(runs, findings.looks, fraction, study.by))
    ]


def _blocks(_: Study[Folder], drawn: Sequence[Drawn]) -> Iterator[Block]:
    if drawn:
        yield Words()
        yield Figures("learning", drawn)


SECTION = Section("learning", _find, _blocks)
