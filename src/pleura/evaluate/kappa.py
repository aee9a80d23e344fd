"""Cohen's kappa (Cohen 1960), without weights."""

import numpy as np

from pleura.evaluate.confusion import Confusion
from pleura.evaluate.metric import ClassificationMetric, OfClasses
from pleura.evaluate.ranking import Floats
from pleura.evaluate.transformations import CORRELATION


def cohens_kappa(of: Confusion) -> Floats:
    """Agreement of true and predicted class beyond chance, (b,), -1 to 1.

    0 where one class is called for all images; nan where all are of one class.
    """
    by_chance = (of.actual * of.called).sum(axis=0)
    agreement = (of.right.sum(axis=0) * of.total - by_chance) / (of.total**2 - by_chance)
    several = np.count_nonzero(of.actual, axis=0) > 1
    return np.where(several, np.clip(agreement, -1, 1), np.nan)


KAPPA = ClassificationMetric("kappa", "Cohen's kappa", CORRELATION, needs=OfClasses(cohens_kappa))
