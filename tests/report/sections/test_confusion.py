"""Confusion matrices."""

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix

from pleura.report.classification import ClassifierFolder
from pleura.report.findings import Findings
from pleura.report.sections.confusion import confusions


def test_confusions_are_means_over_seeds_of_scikit_learns(
    contents: ClassifierFolder, findings: Findings
) -> None:
    found = confusions(contents.predictions, findings, 0.1)
    mine = next(each for each in found if each.recipe == "fine-tuning")
    rows = contents.predictions.query("recipe == 'fine-tuning' and fraction == 0.1")
    names = np.array(contents.classes)
    predicted = names[rows[[f"logit_{name}" for name in names]].to_numpy().argmax(axis=1)]
    expected = confusion_matrix(rows["label"], predicted, labels=names) / 3
    np.testing.assert_allclose(mine.counts, expected)
    np.testing.assert_allclose(mine.row_shares.sum(axis=1), 1)


def test_folds_are_added_before_the_mean_over_seeds(
    contents: ClassifierFolder, findings: Findings
) -> None:
    folds = [contents.predictions.assign(fold=fold) for fold in (0, 1)]
    once = confusions(contents.predictions, findings, 1.0)
    twice = confusions(pd.concat(folds), findings, 1.0)
    np.testing.assert_allclose(twice[0].counts, 2 * once[0].counts)
