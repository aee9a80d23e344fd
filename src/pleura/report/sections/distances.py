"""How far off grades are: how many images are told right, one grade off, two grades off."""

from collections.abc import Sequence

import numpy as np

from pleura.evaluate.grades import MEAN_ABSOLUTE_ERROR
from pleura.report import cells
from pleura.report.classification import ClassifierStudy
from pleura.report.findings import Findings
from pleura.report.numbers import of_labels, percent
from pleura.report.section import Blocks, Section, Words, always
from pleura.report.sections.confusion import Confusion, confusions
from pleura.report.table import Cell, Table


def distance_table(findings: Findings, matrices: Sequence[Confusion], fraction: float) -> Table:
    """For each recipe the share of images by their distance, and of those graded too low and too
    high."""
    error = MEAN_ABSOLUTE_ERROR
    rows = [
        [
            cells.recipe(it.recipe, findings),
            *(Cell(percent(round(share, 3)), order=share) for share in shares_by_distance(it)),
            cells.estimate(findings.estimate(it.recipe, fraction, error.name), error),
        ]
        for it in matrices
    ]
    title = f"Distance from the true grade, {of_labels(fraction)}"
    off = [f"Off by {grades}" for grades in range(1, len(findings.classes))]
    return Table.of(title, rows, "Recipe | Right", *off, "Too low | Too high | Mean error / grades")


def shares_by_distance(it: Confusion) -> list[float]:
    """The shares of images that are right and off by 1, 2, ... grades; and of those that are
    graded too low, and too high."""
    k = len(it.counts)
    off = np.arange(k) - np.arange(k)[:, None]
    groups = [np.abs(off) == distance for distance in range(k)]
    return [float(it.counts[at].sum() / it.counts.sum()) for at in (*groups, off < 0, off > 0)]


def _blocks(study: ClassifierStudy, _: bool) -> Blocks:
    yield Words(folds=study.contents.counts["fold"].nunique() > 1)
    findings, predictions = study.findings, study.contents.predictions
    for fraction in findings.fractions:
        matrices = confusions(predictions, findings, fraction)
        yield distance_table(findings, matrices, fraction)


SECTION = Section("distances", always, _blocks)
