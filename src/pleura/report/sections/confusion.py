"""Which classes are taken for which."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.evaluate.confusion import confusion
from pleura.evaluate.metrics import softmax
from pleura.report.classification import ClassifierStudy
from pleura.report.findings import Findings
from pleura.report.looks import Look
from pleura.report.numbers import capital, of_labels
from pleura.report.section import Blocks, Section, Words, always
from pleura.tables import LOGIT


@dataclass(frozen=True)
class Confusion:
    """A confusion matrix; `counts` and `row_shares` are (classes, classes), rows the true class."""

    recipe: str
    look: Look
    counts: NDArray[np.float64]
    row_shares: NDArray[np.float64]


def confusions(predictions: pd.DataFrame, findings: Findings, fraction: float) -> list[Confusion]:
    """For each recipe the test images by true and predicted class, counts averaged over seeds.

    Folds hold different patients, so their counts are added before the mean over seeds. The
    predicted class is the likeliest one.
    """
    test = predictions[(predictions["part"] == "test") & (predictions["fraction"] == fraction)]
    classes = findings.classes
    matrices = []
    for recipe, rows in findings.by_recipe(test):
        labels = pd.Index(classes).get_indexer(pd.Index(rows["label"]))
        logits = rows[[LOGIT + name for name in classes]].to_numpy(dtype=float)
        predicted = softmax(logits).argmax(axis=1)
        counts = confusion(labels, predicted, len(classes)) / rows["seed"].nunique()
        total = counts.sum(axis=1, keepdims=True)
        row_shares = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
        matrices.append(Confusion(recipe, findings.looks[recipe], counts, row_shares))
    return matrices


def _blocks(study: ClassifierStudy, _: bool) -> Blocks:
    yield Words()
    findings = study.findings
    for fraction in findings.fractions:
        matrices = confusions(study.contents.predictions, findings, fraction)
        yield Words("matrices", heading=capital(of_labels(fraction)), matrices=matrices)


SECTION = Section("confusion", always, _blocks)
