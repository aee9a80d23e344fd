"""Sensitivity, specificity and the areas of each finding, and which findings go together."""

import numpy as np

from pleura.evaluate.predicted_runs import knowns, labels_of, positives
from pleura.report.classification import ClassifierFolder, ClassifierStudy
from pleura.report.findings import Findings
from pleura.report.numbers import MISSING, percent
from pleura.report.section import Blocks, Section, Words, always
from pleura.report.sections.classes import class_table
from pleura.report.table import NAN, Cell, Column, Table


def together_table(contents: ClassifierFolder, findings: Findings) -> Table:
    """How often each finding is there, and how often where another is, in the test images."""
    images, names = contents.test.drop_duplicates("image"), findings.classes
    labels = labels_of(images, names)
    there, known = positives(labels, len(names)), knowns(labels, len(names))
    rows = []
    for at, name in enumerate(names):
        row = [Cell(name), _share(there[known[:, at], at]), Cell(str(int((~known[:, at]).sum())))]
        for other in range(len(names)):
            both = there[:, other] & known[:, at]
            row.append(Cell("") if other == at else _share(there[both, at]))
        rows.append(row)
    return Table.of(
        "How often findings are there, alone and together, in the test images",
        rows,
        "Finding | There / of those known | Not known / images",
        *(Column("There", f"where {name} is") for name in names),
    )


def _share(there: np.ndarray) -> Cell:
    if not len(there):
        return Cell(MISSING, "no image", order=NAN)
    share = float(there.mean())
    return Cell(percent(round(share, 2)), f"{int(there.sum())} of {len(there)}", order=share)


def _blocks(study: ClassifierStudy, _: bool) -> Blocks:
    yield Words()
    for fraction in study.findings.fractions:
        yield class_table(study.findings, fraction)
    yield together_table(study.recipes.contents, study.findings)


SECTION = Section("findings", always, _blocks, template="several")
