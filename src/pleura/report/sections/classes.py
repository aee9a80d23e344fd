"""Sensitivity, specificity and the areas of each class."""

from collections.abc import Iterator

from pleura.report import cells
from pleura.report.classification import ClassifierStudy
from pleura.report.findings import Findings, in_words
from pleura.report.numbers import listing, of_labels
from pleura.report.prose import EVERY, say
from pleura.report.section import Blocks, Section, Words, always
from pleura.report.sections.probabilities.found import find_calibrated
from pleura.report.table import Cell, Table

BY_CLASS = {  # metrics with their headings
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "sensitivity": "Sensitivity / as trained",
    "specificity": "Specificity / as trained",
    "f1": "F1 / as trained",
}
MOST = 0.5  # a class whose sensitivity is shown to be lower is mostly missed


def class_table(findings: Findings, fraction: float) -> Table:
    """The metrics of each class at one fraction."""
    rows = [
        [
            cells.recipe(name, findings),
            Cell(of),
            *(cells.estimate(findings.estimate(name, fraction, m, of)) for m in BY_CLASS),
        ]
        for name in findings.at(fraction)
        for of in findings.classes
    ]
    title, column = f"Each {findings.noun.one}, {of_labels(fraction)}", findings.noun.column
    return Table.of(title, rows, "Recipe", column, *BY_CLASS.values())


def _mostly_missed(study: ClassifierStudy, _: bool) -> Iterator[str]:
    """That the likeliest class is the wrong one for most images of a class: AUROC, which tuning
    goes by, does not show it, and a calibrated model may never name a rare class."""
    rates = {of: study.of_the_model("sensitivity", of) for of in study.findings.classes}
    missed = [f"{in_words(rate)} of “{of}”" for of, rate in rates.items() if rate.high < MOST]
    if missed:
        words = {"missed": listing(missed, EVERY), "noun": study.findings.noun}
        yield say("classes", "mostly_missed", **words)


def _blocks(study: ClassifierStudy, _: bool) -> Blocks:
    yield Words(has_both=study.found(find_calibrated) is not None)
    for fraction in study.findings.fractions:
        yield class_table(study.findings, fraction)


SECTION = Section("classes", always, _blocks, of_model=_mostly_missed, warns=55)
