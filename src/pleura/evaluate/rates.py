"""Metrics of predicted classes that are shares of images."""

import numpy as np

from pleura.evaluate.confusion import Confusion, Counts
from pleura.evaluate.metric import ClassificationMetric, OfClasses, OfCounts
from pleura.evaluate.ranking import Floats


def accuracy(of: Confusion) -> Floats:
    """Share of the images that are called what they are, (b,)."""
    return np.asarray(of.right.sum(axis=0) / of.total)


def sensitivity(of: Counts) -> Floats:
    """Share of the images of each class that are called so, (k, b)."""
    return of.right / of.actual


def specificity(of: Counts) -> Floats:
    """Share of the images of other classes that are not called each class, (k, b)."""
    return (of.total - of.actual - of.called + of.right) / (of.total - of.actual)


def balanced_accuracy(of: Confusion) -> Floats:
    """The mean of the sensitivities, (b,)."""
    return np.asarray(sensitivity(of.counts)[of.present].mean(axis=0))


def f1(of: Counts) -> Floats:
    """Harmonic mean of sensitivity and precision of each class, (k, b); nan without images."""
    actual = of.actual
    return np.where(actual > 0, 2 * of.right / (actual + of.called), np.nan)


ACCURACY = ClassificationMetric("accuracy", "accuracy", borne_by="all", needs=OfClasses(accuracy))
BALANCED_ACCURACY = ClassificationMetric(
    "balanced_accuracy", "balanced accuracy", needs=OfClasses(balanced_accuracy)
)
F1 = ClassificationMetric("f1", "F1", macro=True, needs=OfCounts(f1))
SENSITIVITY = ClassificationMetric(
    "sensitivity", "sensitivity", macro=True, primary=False, needs=OfCounts(sensitivity)
)
SPECIFICITY = ClassificationMetric(
    "specificity",
    "specificity",
    macro=True,
    primary=False,
    borne_by="of the rest",
    needs=OfCounts(specificity),
)
