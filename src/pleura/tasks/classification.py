"""Classification: which class an image is of, learned by cross-entropy."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from pleura.tasks.learned import Criterion, LearnedLabels, Loss

VERSION = 1  # part of every key: raised whenever the loss or the score would be another
Labels = NDArray[np.int64]


def inverse_frequency(labels: Labels, n_classes: int) -> NDArray[np.float32]:
    """Weight of each class, (classes,) float32: n / (classes * count), as scikit-learn's balanced.

    `labels`: (n,) indices of classes; a class that is not among them counts as if it were once.
    """
    counts = np.bincount(labels, minlength=n_classes).clip(1)
    return (len(labels) / (n_classes * counts)).astype(np.float32)


def guessing_loss(
    labels: Labels, n_classes: int, balanced: bool, _loss: Loss | None = None
) -> float:
    """The loss of the best guess that looks at no image, nats: the entropy of the classes in
    `labels` (n,), each counted with the weight that the loss gives it.

    Balanced classes weigh the same, whatever their numbers: it is then log(classes).
    """
    if balanced:
        return math.log(n_classes)
    counts = np.bincount(labels, minlength=n_classes)
    frequencies = counts[counts > 0] / len(labels)
    return float(-(frequencies * np.log(frequencies)).sum())


def cross_entropy(
    labels: Labels, n_classes: int, balanced: bool, device: torch.device
) -> Criterion:
    """Cross-entropy, weighted by the frequency of classes in `labels` (n,) where it is balanced."""
    weights = torch.from_numpy(inverse_frequency(labels, n_classes)) if balanced else None
    return nn.CrossEntropyLoss(weights).to(device)


LEARNED = LearnedLabels(version=VERSION, loss=cross_entropy, guess=guessing_loss)
