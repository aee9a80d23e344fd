"""Losses and a score on validation by epoch."""

from functools import partial

from pleura.report.figures.learning import learning_curves
from pleura.report.folder import Folder
from pleura.report.section import Blocks, Figures, Section, Words, figures_by_fraction
from pleura.report.study import Study


def _find(study: Study[Folder]) -> Figures:
    runs, findings = study.recipes.contents.runs, study.recipes.findings
    draw = partial(learning_curves, runs, findings.looks, by=study.by)
    return figures_by_fraction("learning", "Learning curves", findings.fractions, draw)


def _blocks(study: Study[Folder], curves: Figures) -> Blocks:
    if curves.drawn:
        yield Words(guessing=study.recipes.contents.runs["guessing_loss"].notna().any())
        yield curves


SECTION = Section("learning", _find, _blocks)
