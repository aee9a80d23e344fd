"""Sensitivity, specificity and the areas of each class."""

from collections.abc import Iterator

from pleura.report.classification import ClassifierFolder
from pleura.report.findings import Findings, in_words
from pleura.report.numbers import listing, of_labels
from pleura.report.section import Block, Section, Words, always
from pleura.report.sections.probabilities.found import find_calibrated
from pleura.report.study import Study
from pleura.report.table import Cell, Table, headings, measured, recipe_cell

BY_CLASS = ("auroc", "auprc", "sensitivity", "specificity", "f1")
HEADINGS = headings(
    "Recipe | Class / against the rest | AUROC | AUPRC | Sensitivity / as trained | "
    "Specificity / as trained | F1 / as trained"
)
EVERY = 50  # of a list: all
MOST = 0.5  # a class whose sensitivity is shown to be lower is mostly missed


def class_table(findings: Findings, fraction: float) -> Table:
    """The metrics of each class at one fraction."""
    rows = [
        [
            recipe_cell(name, findings),
            Cell(of),
            *(measured(findings.estimate(name, fraction, m, of), m) for m in BY_CLASS),
        ]
        for name in findings.at(fraction)
        for of in findings.classes
    ]
    return Table(f"Each class, {of_labels(fraction)}", HEADINGS, rows)


def _mostly_missed(study: Study[ClassifierFolder], _: bool) -> Iterator[str]:
    """That the likeliest class is the wrong one for most images of a class: AUROC, which tuning
    goes by, does not show it, and a calibrated model may never name a rare class."""
    assert study.model
    key = study.model.name, float(study.contents.best["fraction"]), "sensitivity"
    rates = {of: study.findings.estimate(*key, of) for of in study.findings.classes}
    missed = [f"{in_words(rate)} of “{of}”" for of, rate in rates.items() if rate.high < MOST]
    if missed:
        yield (
            f"Its likeliest class is right for {listing(missed, EVERY)} on test: it misses most "
            "of these images unless a threshold is chosen."
        )


def _blocks(study: Study[ClassifierFolder], _: bool) -> Iterator[Block]:
    yield Words(has_both=study.found(find_calibrated) is not None)
    for fraction in study.findings.fractions:
        yield class_table(study.findings, fraction)


SECTION = Section("classes", always, _blocks, of_model=_mostly_missed, warns=55)
