"""Metrics of findings, of which an image may have several, or of which it is not known."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from pleura.evaluate.confusion import Counts
from pleura.evaluate.curve_areas import AUPRC, AUROC
from pleura.evaluate.metric import ClassificationMetric, MeanOfImages, OfCounts, OfRanking
from pleura.evaluate.ranking import Floats, Ints, Ranking
from pleura.evaluate.rates import F1, SENSITIVITY, SPECIFICITY
from pleura.evaluate.transformations import LOG
from pleura.tables import CALLED, KEYS, LABEL, LOGIT

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


def thresholds(labels: Ints, probabilities: Floats) -> Floats:
    """For each finding the probability from which on it is called positive, (f,): where
    sensitivity plus specificity is greatest (Youden 1950), halfway between two images.

    labels: (n, f), 1, 0 or -1; probabilities: (n, f). A half where an image with, or one without
    the finding is missing.
    """
    found = []
    for of_finding, scores in zip(labels.T, probabilities.T, strict=True):
        positive, values = of_finding[of_finding >= 0] == 1, scores[of_finding >= 0]
        if not positive.any() or positive.all():  # the latter also where none is known
            found.append(0.5)
            continue
        edges = np.unique(values)
        with_it, without = (np.sort(values[positive == side]) for side in (True, False))
        sensitivity = 1 - np.searchsorted(with_it, edges) / len(with_it)
        specificity = np.searchsorted(without, edges) / len(without)
        best = int(np.argmax(sensitivity + specificity))
        found.append((edges[max(0, best - 1)] + edges[best]) / 2 if best else edges[0])
    return np.array(found)


def with_calls(predictions: pd.DataFrame) -> pd.DataFrame:
    """A table of findings with the columns `called_<finding>`: 1 where a finding's probability
    reaches the threshold that its run's validation rows choose (see `thresholds`).

    A table of classes, which has no columns `label_<class>`, comes back as it is.
    """
    names = [name.removeprefix(LABEL) for name in map(str, predictions) if name.startswith(LABEL)]
    if not names:
        return predictions
    probabilities = expit(predictions[[LOGIT + name for name in names]].to_numpy(np.float64))
    labels = predictions[[LABEL + name for name in names]].apply(pd.to_numeric, errors="coerce")
    known = labels.fillna(-1).to_numpy(np.int64)
    called = np.zeros(known.shape, dtype=np.int64)
    validates = (predictions["part"] == "validation").to_numpy()
    runs = predictions.groupby([*KEYS], sort=False).indices
    for rows in runs.values():
        chosen = rows[validates[rows]]
        called[rows] = probabilities[rows] >= thresholds(known[chosen], probabilities[chosen])
    return predictions.assign(**{CALLED + name: called[:, at] for at, name in enumerate(names)})
