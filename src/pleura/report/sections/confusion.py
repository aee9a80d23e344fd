"""Which classes are taken for which."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.evaluate.confusion import confusion
from pleura.evaluate.metrics import softmax
from pleura.report.classification import ClassifierFolder
from pleura.report.looks import Look
from pleura.report.numbers import capital, of_labels
from pleura.report.section import Block, Section, Words, always
from pleura.report.study import Study
from pleura.tables import LOGIT


@dataclass(frozen=True)
class Confusion:
    """A confusion matrix; `counts` and `shares` are (classes, classes), rows the true class."""

    recipe: str
    look: Look
    counts: NDArray[np.float64]
    shares: NDArray[np.float64]


def confusions(
    predictions: pd.DataFrame, looks: Mapping[str, Look], classes: Sequence[str], fraction: float
) -> list[Confusion]:
    """For each recipe the test images by true and predicted class, counts averaged over seeds.

    Folds hold different patients, so their counts are added before the mean over seeds. The
    predicted class is the likeliest one.
    """
    test = predictions[(predictions["part"] == "test") & (predictions["fraction"] == fraction)]
    columns = [LOGIT + name for name in classes]
    found = []
    for recipe, look in looks.items():
        rows = test[test["recipe"] == recipe]
        if rows.empty:
            continue
        labels = pd.Index(classes).get_indexer(pd.Index(rows["label"]))
        predicted = softmax(rows[columns].to_numpy(dtype=float)).argmax(axis=1)
        counts = confusion(labels, predicted, len(classes)) / rows["seed"].nunique()
        total = counts.sum(axis=1, keepdims=True)
        shares = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
        found.append(Confusion(recipe, look, counts, shares))
    return found


def _blocks(study: Study[ClassifierFolder], _: bool) -> Iterator[Block]:
    yield Words()
    findings = study.findings
    for fraction in findings.fractions:
        found = confusions(study.contents.predictions, findings.looks, findings.classes, fraction)
        yield Words("matrices", heading=capital(of_labels(fraction)), matrices=found)


SECTION = Section("confusion", always, _blocks)
