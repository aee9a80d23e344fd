"""How findings are learned: one logit each, a linear head and pixel baselines of one model each."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from pleura.data.balance import ByFindings
from pleura.evaluate.calibration_maps import FindingsMap
from pleura.models.pixel_nets import SMALLEST_PROBABILITY, PixelNetwork
from pleura.tables import LABEL
from pleura.tasks.findings.losses import LOSSES, guess, weighted_cross_entropy
from pleura.tasks.learned import Labels, LearnedLabels, Logits, logit_columns
from pleura.tasks.pixels import (
    FOREST,
    LOGISTIC,
    Pixels,
    PixelTraining,
    fit_forest,
    line_network,
    train_forest,
)
from pleura.tasks.soft_losses import of_findings
from pleura.train.head import LinearHead, fit_head

VERSION = 1  # part of every key: raised whenever the loss or the score would be another


def fit_heads(
    features: NDArray[np.float32], labels: Labels, *, n_classes: int, penalty: float, balanced: bool
) -> LinearHead:
    """A logistic regression a finding, on the images of which it is known; see
    `pleura.train.head.fit_head`. labels: (n, findings), 1, 0 or -1; `n_classes` findings."""
    heads = []
    for of_finding in labels.T:
        at = np.flatnonzero(of_finding >= 0)
        labelled = features[at], of_finding[at]
        heads.append(fit_head(*labelled, n_classes=2, penalty=penalty, balanced=balanced))
    return LinearHead(
        weight=np.stack([head.weight[1] - head.weight[0] for head in heads]),
        bias=np.stack([head.bias[1] - head.bias[0] for head in heads]),
        iterations=max(head.iterations for head in heads),
        converged=all(head.converged for head in heads),
    )


def by_finding(training: PixelTraining) -> Iterator[PixelTraining]:
    """The training of each finding alone, on the images of which it is known."""
    for of_finding in training.labels.T:
        at = np.flatnonzero(of_finding >= 0)
        yield replace(training, pixels=training.pixels[at], labels=of_finding[at], n_classes=2)


def fit_forests(training: PixelTraining, leaf: float, others: Pixels) -> Pixels:
    """A random forest a finding; logits (m, findings) float32 of others."""
    logits = []
    for alone in by_finding(training):
        there = np.exp(fit_forest(alone, leaf, others)[:, 1])
        logits.append(logit(np.clip(there, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)))
    return np.stack(logits, axis=1).astype(np.float32)


def forests_network(training: PixelTraining, leaf: float) -> PixelNetwork:
    """The forests of `fit_forests` as a network."""
    forests = [train_forest(alone, leaf) for alone in by_finding(training)]
    return PixelNetwork.of_forests("findings", training.n_classes, forests)


def train_logistics(training: PixelTraining, penalty: float) -> LinearHead:
    """A logistic regression a finding."""
    return fit_heads(
        training.pixels,
        training.labels,
        n_classes=training.n_classes,
        penalty=penalty,
        balanced=True,
    )


def fit_logistics(training: PixelTraining, penalty: float, others: Pixels) -> Pixels:
    """A logistic regression a finding; logits (m, findings) float32 of others."""
    return train_logistics(training, penalty).logits(others)


def logistics_network(training: PixelTraining, penalty: float) -> PixelNetwork:
    """The regressions of `fit_logistics` as a network."""
    return line_network("linear", training.n_classes, train_logistics(training, penalty))


def label_columns(labels: Labels, classes: Sequence[str]) -> pd.DataFrame:
    """For each finding what is known of it: `label_<finding>`, 1, 0 or nothing."""
    truth = pd.DataFrame(labels, columns=[f"{LABEL}{name}" for name in classes])
    return truth.where(truth >= 0)


def columns(logits: Logits, labels: Labels, classes: Sequence[str]) -> pd.DataFrame:
    """For each finding what is known of it, and its logit."""
    truth = label_columns(labels, classes).astype("Int64")
    return truth.join(logit_columns(logits, classes))


LEARNED = LearnedLabels(
    version=VERSION,
    loss=weighted_cross_entropy(),
    losses=LOSSES,
    guess=guess,
    balance=ByFindings.of,
    fit_head=fit_heads,
    baselines=(
        replace(FOREST, fit=fit_forests, network=forests_network),
        replace(LOGISTIC, fit=fit_logistics, network=logistics_network),
    ),
    taught=of_findings,
    several=True,
    label_columns=label_columns,
    columns=columns,
    probabilities=expit,
    calibration=FindingsMap,
)
