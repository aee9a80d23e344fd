"""What probabilities cost, image by image: logarithmic and quadratic score."""

import numpy as np

from pleura.evaluate.metric import ClassificationMetric, MeanOfImages
from pleura.evaluate.ranking import Floats, Ints
from pleura.evaluate.transformations import LOG, arcsine

# As scikit-learn: an impossible truth costs 36, not inf.
SMALLEST = float(np.finfo(np.float64).eps)


def log_loss(labels: Ints, probabilities: Floats) -> Floats:
    """Minus the logarithm of the probability (n, k) that each image's class (n,) was given."""
    of_label = np.take_along_axis(probabilities, labels[:, None], axis=1)[:, 0]
    return -np.log(np.clip(of_label, SMALLEST, 1 - SMALLEST))


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
    greatest=-float(np.log(SMALLEST)),
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
