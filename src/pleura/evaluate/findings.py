"""Metrics of findings, of which an image may have several, or of which it is not known."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pleura.evaluate.confusion import Counts
from pleura.evaluate.curve_areas import AUPRC, AUROC
from pleura.evaluate.metric import ClassificationMetric, MeanOfImages, OfCounts, OfRanking
from pleura.evaluate.ranking import Floats, Ints, Ranking
from pleura.evaluate.rates import F1, SENSITIVITY, SPECIFICITY
from pleura.evaluate.transformations import LOG

BLOCK = 1 << 16  # weights worked on at a time: they and their running sums stay in the cache


def log_loss(labels: Ints, probabilities: Floats) -> Floats:
    """Minus the logarithm of the probability (n, f) that what is true of each finding was given;
    labels (n, f) are 1, 0 or -1."""
    smallest = np.finfo(np.float64).eps  # as scikit-learn: an impossible truth costs 36, not inf
    of_label = np.where(labels == 1, probabilities, 1 - probabilities)
    return np.asarray(-np.log(np.clip(of_label, smallest, 1 - smallest)))


def brier(labels: Ints, probabilities: Floats) -> Floats:
    """The squared error of the probability (n, f) of each finding (Brier 1950), 0 to 1."""
    return np.asarray((probabilities - (labels == 1)) ** 2)


LOG_LOSS = ClassificationMetric(
    "log_loss",
    "log-loss",
    LOG,
    higher_is_better=False,
    macro=True,
    primary=False,
    borne_by="all",
    needs=MeanOfImages(log_loss),
)
BRIER = ClassificationMetric(
    "brier",
    "Brier score",
    higher_is_better=False,
    macro=True,
    primary=False,
    borne_by="all",
    needs=MeanOfImages(brier),
)
LISTED = (AUROC, AUPRC, F1, SENSITIVITY, SPECIFICITY, LOG_LOSS, BRIER)
METRICS: Mapping[str, ClassificationMetric] = {metric.name: metric for metric in LISTED}
"""The records by name, in the order of tables. F1, sensitivity and specificity are those of what
is called positive at the threshold of each finding."""


def evaluate(
    labels: Ints,
    probabilities: Floats,
    called: NDArray[np.bool_],
    weights: Floats,
    classes: Sequence[str],
    chosen: Collection[ClassificationMetric],
) -> dict[tuple[str, str], Floats]:
    """The `chosen` metrics of every finding and their mean over findings ("macro"), by (name,
    finding); equal to scikit-learn's on the images of which the finding is known.

    labels: (n, f), 1, 0, or -1 where a finding is not known; probabilities: (n, f); called: (n, f)
    what is called positive; weights: (b, n), not negative. Values have shape (b,). A finding that
    no image has is nan and left out of the means.
    """
    n = len(labels)
    known, positive = labels >= 0, labels == 1
    present = positive.any(axis=0)
    counted = positive & called, positive, known & called, known
    means = [metric for metric in chosen if isinstance(metric.needs, MeanOfImages)]
    columns = [part.astype(np.float64) for part in counted]
    columns += [
        np.where(known, metric.needs.of(labels, probabilities), 0.0)
        for metric in means
        if isinstance(metric.needs, MeanOfImages)
    ]
    images = np.concatenate(columns, axis=1)
    ranked = {m.name: m.needs for m in chosen if isinstance(m.needs, OfRanking)}
    at = [np.flatnonzero(of_finding) for of_finding in known.T]
    rankings = [
        Ranking.of(positive[rows, f], probabilities[rows, f]) for f, rows in enumerate(at) if ranked
    ]
    sums = []
    areas: dict[str, list[Floats]] = {name: [] for name in ranked}
    for start in range(0, len(weights), step := max(1, BLOCK // max(1, n))):
        block = weights[start : start + step].astype(np.float64)
        sums.append(block @ images)
        under = [ranking.under(block[:, at[f]]) for f, ranking in enumerate(rankings)]
        for name, needs in ranked.items():
            areas[name].append(np.stack([needs.of(one) for one in under]))
    every = np.concatenate(sums).T.reshape(len(columns), labels.shape[1], -1)
    counts = Counts(*every[: len(counted)])
    values: dict[str, Floats] = {name: np.concatenate(of, axis=1) for name, of in areas.items()}
    with np.errstate(invalid="ignore"):
        values |= {m.name: every[len(counted) + i] / counts.total for i, m in enumerate(means)}
        values |= {m.name: m.needs.of(counts) for m in chosen if isinstance(m.needs, OfCounts)}
    found: dict[tuple[str, str], Floats] = {}
    for metric in chosen:
        value = np.where(present[:, None], values[metric.name], np.nan)
        found |= {(metric.name, name): value[f] for f, name in enumerate(classes)}
        found[metric.name, "macro"] = value[present].mean(axis=0)
    return found
