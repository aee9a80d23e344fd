"""Whether representations are any good: effective rank, nearest neighbours, linear probe."""

import math

import numpy as np
from numpy.typing import NDArray

from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.metrics import evaluate
from pleura.train.head import fit_head

Features = NDArray[np.float32]
Labels = NDArray[np.int64]

NEIGHBOURS = 20
PENALTY = 0.1  # of the probe, as `fit_head` takes it


def effective_rank(features: Features) -> float:
    """In how many dimensions `features` (n, channels) spread: from 1 to the smaller of both.

    The exponential of the entropy of the singular values, normalised to sum 1 (Roy & Vetterli,
    EUSIPCO 2007). The features are not centred, so that images which all look the same to a
    collapsed network have a rank of 1, whatever the noise around their mean.
    """
    values = np.linalg.svd(features.astype(np.float64), compute_uv=False)
    if not values.any():
        return 1.0
    spread = values[values > 0] / values.sum()
    return float(np.exp(-(spread * np.log(spread)).sum()))


def knn_auroc(
    train: Features, train_labels: Labels, others: Features, other_labels: Labels
) -> float:
    """Macro one-vs-rest AUROC of votes by the 20 nearest training images (fewer where there are
    fewer), by cosine; nan where `other_labels` are of one class.

    `train`: (n, channels), `others`: (m, channels), labels (n,) and (m,).
    """
    similarity = _unit(others) @ _unit(train).T
    nearest = np.argsort(-similarity, axis=1, kind="stable")[:, :NEIGHBOURS]
    classes = np.unique(np.concatenate([train_labels, other_labels]))
    votes = (train_labels[nearest][..., None] == classes).mean(axis=1)
    return _macro(votes, classes, other_labels)


def probe_auroc(
    train: Features, train_labels: Labels, others: Features, other_labels: Labels
) -> float:
    """Macro one-vs-rest AUROC of a linear head on standardised features, at its optimum under a
    fixed penalty; nan where `other_labels` are of one class, or `train_labels`.

    `train`: (n, channels), `others`: (m, channels), labels (n,) and (m,).
    """
    classes, targets = np.unique(train_labels, return_inverse=True)
    learned = np.isin(other_labels, classes)
    if len(classes) < 2:
        return math.nan
    head = fit_head(train, targets, n_classes=len(classes), penalty=PENALTY, balanced=True)
    return _macro(head.logits(others[learned]), classes, other_labels[learned])


def _unit(features: Features) -> Features:
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.maximum(lengths, np.finfo(np.float32).tiny))


def _macro(scores: NDArray[np.floating], classes: Labels, labels: Labels) -> float:
    """AUROC of scores (n, classes), the mean over the classes that `labels` have."""
    if len(np.unique(labels)) < 2:
        return math.nan
    places = np.searchsorted(classes, labels)
    return float(evaluate(places, scores, metrics=[AUROC])[AUROC.overall])
