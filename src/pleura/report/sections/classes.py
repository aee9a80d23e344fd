"""Sensitivity, specificity and the areas of each class or finding; which findings go together."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pleura.evaluate.calls import chosen_in
from pleura.evaluate.predicted_runs import knowns, labels_of, positives
from pleura.report import cells
from pleura.report.classification import ClassifierFolder, ClassifierStudy
from pleura.report.findings import Findings, in_words
from pleura.report.numbers import MISSING, at_labels, listing, of_labels, percent
from pleura.report.prose import EVERY, say
from pleura.report.section import Blocks, Section, Words, always
from pleura.report.sections.policies import policy_cautions, policy_table
from pleura.report.sections.probabilities.calibrated import find_calibrated
from pleura.report.table import NAN, Cell, Column, Table

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
    yield Words(has_both=study.evaluate(find_calibrated) is not None)
    for fraction in study.findings.fractions:
        yield class_table(study.findings, fraction)


def together_table(contents: ClassifierFolder, findings: Findings) -> Table:
    """How often each finding is there, and how often where another is, in the test images."""
    images, names = contents.test.drop_duplicates("image"), findings.classes
    labels = labels_of(images, names)
    there, is_known = positives(labels, len(names)), knowns(labels, len(names))
    rows = []
    for at, name in enumerate(names):
        unknown = int((~is_known[:, at]).sum())
        row = [
            Cell(name),
            _share(there[is_known[:, at], at]),
            Cell(str(unknown), order=float(unknown)),
        ]
        for other in range(len(names)):
            both = there[:, other] & is_known[:, at]
            row.append(Cell("") if other == at else _share(there[both, at]))
        rows.append(row)
    return Table.of(
        "How often findings are there, alone and together, in the test images",
        rows,
        "Finding | There / of those known | Not known / images",
        *(Column("There", f"where {name} is") for name in names),
    )


def threshold_table(contents: ClassifierFolder, findings: Findings, fraction: float) -> Table:
    """From which probability on each finding is called positive: a row a recipe, mean and range
    over trainings."""
    table = contents.predictions[contents.predictions["fraction"] == fraction]
    rows = []
    for name, mine in findings.by_recipe(table):
        chosen = list(chosen_in(mine, findings.classes))
        images = pd.Series([each.images for each in chosen], dtype=float)
        every = pd.DataFrame([each.thresholds for each in chosen])
        rows.append(
            [
                cells.recipe(name, findings),
                cells.span(images, "" if images.any() else "nobody chose: .5"),
                *(cells.mean(every[at]) for at in every),
            ]
        )
    return Table.of(
        f"From which probability on a finding is called positive, {at_labels(fraction)}",
        rows,
        "Recipe | Chosen on / validation images",
        *(Column(name, "threshold") for name in findings.classes),
    )


def _share(there: np.ndarray) -> Cell:
    if not len(there):
        return Cell(MISSING, "no image", order=NAN)
    share = float(there.mean())
    return Cell(percent(round(share, 2)), f"{int(there.sum())} of {len(there)}", order=share)


def _of_findings(study: ClassifierStudy, _: bool) -> Blocks:
    decided = policy_table(study.recipes.contents)
    yield Words(decided=bool(decided), unvalidated=study.contents.unvalidated)
    for fraction in study.findings.fractions:
        yield class_table(study.findings, fraction)
    yield Words("thresholds")
    yield threshold_table(study.contents, study.findings, study.findings.fractions[-1])
    yield together_table(study.recipes.contents, study.findings)
    if decided:
        yield decided


SECTION = Section("classes", always, _blocks, of_model=_mostly_missed, warns=55)
FINDINGS = Section("findings", always, _of_findings, policy_cautions, template="several")
