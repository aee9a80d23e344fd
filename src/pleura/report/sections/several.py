"""Sensitivity, specificity and the areas of each finding, and which findings go together."""

from collections.abc import Iterator

import numpy as np

from pleura.evaluate.predicted_runs import knowns, labels_of, positives
from pleura.report.classification import ClassifierFolder
from pleura.report.findings import Findings
from pleura.report.numbers import percent
from pleura.report.section import Block, Section, Words, always
from pleura.report.sections.classes import class_table
from pleura.report.study import Study
from pleura.report.table import Cell, Column, Table


def together_table(contents: ClassifierFolder, findings: Findings) -> Table:
    """How often each finding is there, and how often where another is, in the test images."""
    test = contents.predictions[contents.predictions["part"] == "test"]
    images = test.drop_duplicates("image")
    names = findings.classes
    labels = labels_of(images, names)
    there, known = positives(labels, len(names)), knowns(labels, len(names))
    rows = []
    for at, name in enumerate(names):
        cells = [Cell(name), _share(there[known[:, at], at]), Cell(str(int((~known[:, at]).sum())))]
        for other in range(len(names)):
            both = there[:, other] & known[:, at]
            cells.append(Cell("") if other == at else _share(there[both, at]))
        rows.append(cells)
    columns = [
        Column("Finding"),
        Column("There", "of those known"),
        Column("Not known", "images"),
        *(Column("There", f"where {name} is") for name in names),
    ]
    return Table(
        "How often findings are there, alone and together, in the test images", columns, rows
    )


def _share(there: np.ndarray) -> Cell:
    if not len(there):
        return Cell("–", "no image", order=np.nan)
    share = float(there.mean())
    return Cell(percent(share), f"{int(there.sum())} of {len(there)}", order=share)


def _blocks(study: Study[ClassifierFolder], _: bool) -> Iterator[Block]:
    yield Words()
    for fraction in study.findings.fractions:
        yield class_table(study.findings, fraction)
    yield together_table(study.recipes.contents, study.findings)


SECTION = Section("findings", always, _blocks, template="several")
