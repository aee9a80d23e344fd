"""Metrics of findings, of which an image may have several, or of which it is not known."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pleura.evaluate import proper_scores
from pleura.evaluate.confusion import Counts
from pleura.evaluate.curve_areas import AUPRC, AUROC
from pleura.evaluate.metric import ClassificationMetric, MeanOfImages, OfCounts, OfRanking
from pleura.evaluate.ranking import Floats, Ints, Ranking, under_weights
from pleura.evaluate.rates import F1, SENSITIVITY, SPECIFICITY
from pleura.evaluate.transformations import SHARE


def log_loss(labels: Ints, probabilities: Floats) -> Floats:
    """Minus the logarithm of the probability (n, f) that what is true of each finding was given;
    labels (n, f) are 1, 0 or -1."""
    of_label = np.where(labels == 1, probabilities, 1 - probabilities)
    return np.asarray(
        -np.log(np.clip(of_label, proper_scores.SMALLEST, 1 - proper_scores.SMALLEST))
    )


def brier(labels: Ints, probabilities: Floats) -> Floats:
    """The squared error of the probability (n, f) of each finding (Brier 1950), 0 to 1."""
    return np.asarray((probabilities - (labels == 1)) ** 2)


RARE_AUPRC = replace(AUPRC, biased=True)  # a finding can be much rarer than a class
LOG_LOSS = replace(proper_scores.LOG_LOSS, macro=True, needs=MeanOfImages(log_loss))
BRIER = replace(proper_scores.BRIER, transformation=SHARE, macro=True, needs=MeanOfImages(brier))
LISTED = (AUROC, RARE_AUPRC, F1, SENSITIVITY, SPECIFICITY, LOG_LOSS, BRIER)
METRICS: Mapping[str, ClassificationMetric] = {metric.name: metric for metric in LISTED}
"""The records by name, in the order of tables. F1, sensitivity and specificity are those of what
is called positive at the threshold of each finding."""


def compute(
    labels: Ints,
    probabilities: Floats,
    called: NDArray[np.bool_],
    weights: NDArray[np.generic],
    metrics: Sequence[ClassificationMetric],
) -> tuple[NDArray[np.bool_], dict[str, Floats]]:
    """Which findings there are, (f,), and each metric of every finding under weights, (f, b); equal
    to scikit-learn's on the images of which the finding is known.

    labels: (n, f), 1, 0, or -1 where a finding is not known; probabilities: (n, f); called: (n, f)
    what is called positive; weights: (b, n), not negative.
    """
    is_known, positive = labels >= 0, labels == 1
    counted = positive & called, positive, is_known & called, is_known
    means = {m.name: m.needs for m in metrics if isinstance(m.needs, MeanOfImages)}
    areas = {m.name: m.needs.of for m in metrics if isinstance(m.needs, OfRanking)}
    columns = [part.astype(np.float64) for part in counted]
    columns += [np.where(is_known, mean.of(labels, probabilities), 0.0) for mean in means.values()]
    rankings = [
        (Ranking.of(positive[at, f], probabilities[at, f]), at, [*areas.values()])
        for f, at in enumerate(map(np.flatnonzero, is_known.T))
        if areas
    ]
    sums, ranked = under_weights(weights, np.concatenate(columns, axis=1), rankings)
    every = sums.T.reshape(len(columns), labels.shape[1], -1)
    counts = Counts(*every[: len(counted)])
    computed = {
        name: np.stack([areas_of_one[i] for areas_of_one in ranked]) for i, name in enumerate(areas)
    }
    with np.errstate(invalid="ignore"):
        computed |= {name: every[len(counted) + i] / counts.total for i, name in enumerate(means)}
        computed |= {m.name: m.needs.of(counts) for m in metrics if isinstance(m.needs, OfCounts)}
    return positive.any(axis=0), computed
