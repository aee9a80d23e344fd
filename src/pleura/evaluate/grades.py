"""Metrics of grades: classes with an order, in which a mistake can be small or large."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pleura.evaluate.confusion import Confusion
from pleura.evaluate.curve_areas import auroc
from pleura.evaluate.metric import ClassificationMetric, MeanOfImages, OfClasses, OfRanking
from pleura.evaluate.metrics import METRICS as OF_CLASSES
from pleura.evaluate.ranking import Floats, Ints
from pleura.evaluate.rates import ACCURACY
from pleura.evaluate.transformations import CORRELATION, ROOT


def quadratic_kappa(of: Confusion) -> Floats:
    """Agreement of true and predicted grade beyond chance, (b,), -1 to 1; what is lost grows with
    the square of the distance (Cohen 1968).

    0 where one grade is called for all images; nan where all are of one grade.
    """
    grades = np.arange(len(of.present))
    apart = (grades[:, None] - grades) ** 2
    lost = (apart * of.matrices).sum(axis=(1, 2)) * of.total
    by_chance = np.einsum("ij,ib,jb->b", apart, of.actual, of.called)
    with np.errstate(invalid="ignore", divide="ignore"):
        kappa = np.clip(1 - lost / by_chance, -1, 1)
    return np.where(np.count_nonzero(of.actual, axis=0) > 1, kappa, np.nan)


def at_least(labels: Ints, probabilities: Floats) -> tuple[NDArray[np.bool_], Floats]:
    """Images of each grade or a higher one, (n, k), and the probability of that; none for a grade
    that all images have at least, as they have the lowest. See `pleura.evaluate.metric.Split`."""
    positive = labels[:, None] >= np.arange(probabilities.shape[1])
    return positive & ~positive.all(axis=0), probabilities[:, ::-1].cumsum(axis=1)[:, ::-1]


def absolute_error(labels: Ints, probabilities: Floats) -> Floats:
    """How many grades the likeliest is off, (n,)."""
    return np.asarray(np.abs(probabilities.argmax(axis=1) - labels), dtype=np.float64)


def farthest(k: int) -> float:
    """How many grades lie between the least and the highest of k."""
    return k - 1.0


QUADRATIC_KAPPA = ClassificationMetric(
    "quadratic_kappa",
    "quadratic kappa",
    CORRELATION,
    needs=OfClasses(quadratic_kappa),
    meaning="Agreement of predicted and true grade beyond chance, in which a mistake counts by the "
    "square of its distance (Cohen 1968): 1 is perfect, 0 is chance.",
)
AUROC_AT_LEAST = ClassificationMetric(
    "auroc_at_least",
    "AUROC of “at least”",
    macro=True,
    borne_by="either",
    needs=OfRanking(auroc, at_least),
    meaning="The chance that of two random images, one of which has at least a grade and the other "
    "a lower one, the former is rated higher; the mean over all grades but the least.",
)
MEAN_ABSOLUTE_ERROR = ClassificationMetric(
    "mean_absolute_error",
    "mean absolute error",
    ROOT,
    unit="grades",
    higher_is_better=False,
    borne_by="all",
    needs=MeanOfImages(absolute_error),
    greatest_of=farthest,
    meaning="How many grades the likeliest one is off, on average. Lower is better.",
)
OF_GRADES = (QUADRATIC_KAPPA, AUROC_AT_LEAST, MEAN_ABSOLUTE_ERROR, ACCURACY)
METRICS: Mapping[str, ClassificationMetric] = {
    **{metric.name: metric for metric in OF_GRADES},
    **OF_CLASSES,
}
"""The records by name, in the order of tables: those of grades, then those of plain classes."""
