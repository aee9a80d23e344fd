"""What probabilities cost, image by image: logarithmic and quadratic score."""

import numpy as np

from pleura.evaluate.metric import ClassificationMetric, MeanOfImages
from pleura.evaluate.ranking import Floats, Ints
from pleura.evaluate.transformations import LOG, arcsine


def log_loss(labels: Ints, probabilities: Floats) -> Floats:
    """Minus the logarithm of the probability (n, k) that each image's class (n,) was given."""
    of_label = np.take_along_axis(probabilities, labels[:, None], axis=1)[:, 0]
    smallest = np.finfo(np.float64).eps  # as scikit-learn: an impossible truth costs 36, not inf
    return -np.log(np.clip(of_label, smallest, 1 - smallest))


def brier(labels: Ints, probabilities: Floats) -> Floats:
    """The squared errors of the probabilities (n, k) of each image, summed over classes (Brier
    1950): 0 to 2."""
    errors = probabilities - np.eye(probabilities.shape[1])[labels]
    return np.asarray((errors**2).sum(axis=1))


LOG_LOSS = ClassificationMetric(
    "log_loss",
    "log-loss",
    LOG,
    higher_is_better=False,
    primary=False,
    borne_by="all",
    needs=MeanOfImages(log_loss),
)
BRIER = ClassificationMetric(
    "brier",
    "Brier score",
    arcsine(0.0, 2.0),
    higher_is_better=False,
    primary=False,
    borne_by="all",
    needs=MeanOfImages(brier),
)
