"""Classification: which class an image is of, learned by cross-entropy."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from pleura.tasks.learned import Criterion, Draws, LearnedLabels, Loss

VERSION = 1  # part of every key: raised whenever the loss or the score would be another
Labels = NDArray[np.int64]


def inverse_frequency(
    labels: Labels, n_classes: int, draws: Draws | None = None
) -> NDArray[np.float32]:
    """Weight of each class, (classes,) float32: n / (classes * count), as scikit-learn's balanced.

    `labels`: (n,) indices of classes; a class that is not among them counts as if it were once. An
    image counts as often as an epoch `draws` it.
    """
    counts = np.bincount(labels, draws, minlength=n_classes)
    counts = np.where(counts > 0, counts, 1)
    return (len(labels) / (n_classes * counts)).astype(np.float32)


@dataclass(frozen=True)
class CrossEntropy:
    """Cross-entropy, weighted by the frequency of the classes that train where it is balanced.

    smoothing: the share of each target that is spread evenly over all classes (label smoothing,
    Szegedy et al. 2016), so that a network gains nothing by being surer than that.
    """

    smoothing: float = 0.0

    def __call__(
        self,
        labels: Labels,
        n_classes: int,
        balanced: bool,
        device: torch.device,
        draws: Draws | None = None,
    ) -> Criterion:
        """See `Loss`; `labels` (n,)."""
        of = inverse_frequency(labels, n_classes, draws) if balanced else None
        weights = None if of is None else torch.from_numpy(of)
        if not self.smoothing:
            return nn.CrossEntropyLoss(weights).to(device)
        of_class = (torch.ones(n_classes) if weights is None else weights).to(device)

        def loss(logits: Tensor, targets: Tensor) -> Tensor:
            # An image weighs what its class does. torch would also weigh the classes among which
            # the share is spread, and so draw every image to the rare ones.
            each = functional.cross_entropy(
                logits, targets, reduction="none", label_smoothing=self.smoothing
            )
            weight = of_class[targets]
            return (weight * each).sum() / weight.sum()

        return loss


def guessing_loss(
    labels: Labels, n_classes: int, balanced: bool, loss: Loss | None = None
) -> float:
    """The loss of the best guess that looks at no image, nats: the entropy of the classes in
    `labels` (n,), each counted with the weight that the loss gives it, and smoothed as it does.

    Balanced classes weigh the same, whatever their numbers: it is then log(classes).
    """
    if balanced:
        return math.log(n_classes)
    smoothing = loss.smoothing if isinstance(loss, CrossEntropy) else 0.0
    frequencies = np.bincount(labels, minlength=n_classes) / len(labels)
    targets = (1 - smoothing) * frequencies + smoothing / n_classes
    targets = targets[targets > 0]
    return float(-(targets * np.log(targets)).sum())


LEARNED = LearnedLabels(
    version=VERSION,
    loss=CrossEntropy(),
    losses={"cross_entropy": CrossEntropy},
    guess=guessing_loss,
)
