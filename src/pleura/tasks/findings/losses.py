"""Losses of findings; what is not known of an image adds nothing to any of them.

All are means over what is known: of labels (n, findings), 1, 0 or -1, and logits of that shape. Of
a batch in which nothing is known the loss is 0.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from pleura._optimisers import LBFGS
from pleura.tasks.learned import Criterion, Draws, Labels, Loss

PerCell = Callable[[Tensor, Tensor], Tensor]
"""The loss of each logit (n, findings) with its target, 1.0 or 0.0; where a target is not known,
what it gives is not looked at."""


def side_weights(labels: Labels, draws: Draws | None = None) -> NDArray[np.float32]:
    """What an image counts for without and with each finding, (2, findings) float32, so that both
    sides of every finding count alike and the mean over what is known is 1.

    An image counts as often as an epoch `draws` it. A side that no training image has counts
    nothing.
    """
    each = np.ones(len(labels)) if draws is None else draws
    counts = np.stack([each @ (labels == side) for side in (0, 1)])
    labelled = counts.sum(axis=0)
    return np.where(counts > 0, labelled / (2 * np.where(counts > 0, counts, 1)), 0).astype(
        np.float32
    )


def guess(labels: Labels, n_classes: int, balanced: bool, loss: Loss) -> float:
    """The loss of the best guess that looks at no image: one logit a finding, found by L-BFGS."""
    criterion = loss(labels, n_classes, balanced, torch.device("cpu"))
    targets = torch.from_numpy(labels)
    logits = torch.zeros(n_classes, dtype=torch.float64, requires_grad=True)
    optimiser = LBFGS([logits], max_iter=200, line_search_fn="strong_wolfe")

    def of_guess() -> Tensor:
        optimiser.zero_grad()
        value = criterion(logits.expand(len(targets), -1), targets)
        torch.autograd.backward(value)
        return value

    optimiser.step(of_guess)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        return criterion(logits.expand(len(targets), -1), targets).item()


def _masked(per_cell: PerCell) -> Loss:
    """A loss as a task has it: weighted where it is balanced, and without what is not known."""

    def make(
        labels: Labels,
        _: int,
        balanced: bool,
        device: torch.device,
        draws: Draws | None = None,
    ) -> Criterion:
        weights = np.ones((2, labels.shape[1]), np.float32)
        if balanced:
            weights = side_weights(labels, draws)
        of_side = torch.from_numpy(weights).to(device)

        def loss(logits: Tensor, targets: Tensor) -> Tensor:
            labelled = targets >= 0
            there = targets == 1
            weight = torch.where(there, of_side[1], of_side[0]) * labelled
            cells = per_cell(logits, there.to(logits.dtype))
            total = weight.sum()
            return (weight * cells).sum() / torch.where(total > 0, total, torch.ones_like(total))

        return loss

    return make


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy of each finding."""
    return functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")


def focal(gamma: float = 2.0) -> Loss:
    """Cross-entropy in which sure and right answers count less, by (1 - p)^gamma for the
    probability p that the truth was given (Lin et al. 2017)."""

    def per_cell(logits: Tensor, targets: Tensor) -> Tensor:
        loss = cross_entropy(logits, targets)
        return loss * (-torch.expm1(-loss)) ** gamma

    return _masked(per_cell)


def asymmetric(positive: float = 0.0, negative: float = 4.0, margin: float = 0.05) -> Loss:
    """A focal loss with an exponent for each side, in which the probability of an absent finding is
    first made smaller by `margin`, so that easy absences count nothing (Ridnik et al. 2021)."""

    def per_cell(logits: Tensor, targets: Tensor) -> Tensor:
        there = torch.sigmoid(logits)
        shifted = (there - margin).clamp(min=0)
        with_it = -functional.logsigmoid(logits) * (1 - there) ** positive
        without = -torch.log1p(-shifted.clamp(max=1 - 1e-7)) * shifted**negative
        return targets * with_it + (1 - targets) * without

    return _masked(per_cell)


def weighted_cross_entropy(smoothing: float = 0.0) -> Loss:
    """Binary cross-entropy of what is known.

    Of each target the share `smoothing` is divided between there and not there, as among the two
    classes of a classification (label smoothing, Szegedy et al. 2016): 1 becomes 1 - smoothing / 2,
    and 0 becomes smoothing / 2. An image counts by the side that it is on.
    """

    def smoothed(logits: Tensor, targets: Tensor) -> Tensor:
        return cross_entropy(logits, targets * (1 - smoothing) + smoothing / 2)

    return _masked(smoothed if smoothing else cross_entropy)


LOSSES: dict[str, Callable[..., Loss]] = {
    "cross_entropy": weighted_cross_entropy,
    "focal": focal,
    "asymmetric": asymmetric,
}
