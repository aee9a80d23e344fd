"""Kappa with quadratic weights: how far off a grade is, squared, against chance (Cohen 1968)."""

import numpy as np

from pleura.evaluate.confusion import Confusion
from pleura.evaluate.metric import ClassificationMetric, OfClasses
from pleura.evaluate.ranking import Floats
from pleura.evaluate.transformations import CORRELATION


def quadratic_kappa(of: Confusion) -> Floats:
    """Agreement of true and predicted grade beyond chance, (b,), -1 to 1."""
    grades = np.arange(len(of.present))
    apart = (grades[:, None] - grades) ** 2
    by_chance = of.actual.T[:, :, None] * of.called.T[:, None, :] / of.total[:, None, None]
    with np.errstate(invalid="ignore"):
        lost = (apart * of.matrices).sum(axis=(1, 2)) / (apart * by_chance).sum(axis=(1, 2))
    return np.asarray(1 - lost)


QUADRATIC_KAPPA = ClassificationMetric(
    "quadratic_kappa",
    "quadratic kappa",
    CORRELATION,
    meaning="Agreement with the true grade beyond chance; a grade that is twice as far off counts "
    "four times. 1 is perfect, 0 is chance.",
    needs=OfClasses(quadratic_kappa),
)
