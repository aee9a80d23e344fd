"""Matthews correlation coefficient of any number of classes (Gorodkin 2004, R_K)."""

import numpy as np

from pleura.evaluate.confusion import Confusion
from pleura.evaluate.metric import ClassificationMetric, OfClasses
from pleura.evaluate.ranking import Floats
from pleura.evaluate.transformations import CORRELATION


def matthews(of: Confusion) -> Floats:
    """The correlation of true and predicted class, (b,), -1 to 1.

    0 where one class is called for all images, as in scikit-learn; nan where all are of one class.
    """
    by_chance = (of.actual * of.called).sum(axis=0)
    true, called = (of.total**2 - (sums**2).sum(axis=0) for sums in (of.actual, of.called))
    with np.errstate(divide="ignore"):
        correlation = (of.right.sum(axis=0) * of.total - by_chance) / np.sqrt(true * called)
    correlation = np.where(np.count_nonzero(of.called, axis=0) > 1, np.clip(correlation, -1, 1), 0)
    return np.where(np.count_nonzero(of.actual, axis=0) > 1, correlation, np.nan)


MCC = ClassificationMetric("mcc", "Matthews correlation", CORRELATION, needs=OfClasses(matthews))
