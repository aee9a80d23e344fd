"""The loss of grades, and the output layer in which all grades share one weight."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize

from pleura.tasks.classification import inverse_frequency
from pleura.tasks.learned import Criterion, Draws, Labels, Loss


def cumulative(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Log-probabilities that a grade is at most, and that it is above, each but the highest:
    (n, grades - 1) each, of logits (n, grades)."""
    each = functional.log_softmax(logits, dim=1)
    above = each.flip(1).logcumsumexp(1).flip(1)
    return each.logcumsumexp(1)[:, :-1], above[:, 1:]


def cumulative_loss(
    labels: Labels,
    n_classes: int,
    balanced: bool,
    device: torch.device,
    draws: Draws | None = None,
) -> Criterion:
    """Binary cross-entropy of "above this grade", summed over all grades but the highest; where it
    is balanced, an image counts by the inverse frequency of its grade in `labels` (n,)."""
    weights = np.ones(n_classes, np.float32)
    if balanced:
        weights = inverse_frequency(labels, n_classes, draws)
    of_grade = torch.from_numpy(weights).to(device)
    thresholds = torch.arange(n_classes - 1, device=device)

    def loss(logits: Tensor, targets: Tensor) -> Tensor:
        at_most, above = cumulative(logits)
        log = torch.where(targets[:, None] > thresholds, above, at_most).sum(dim=1)
        weight = of_grade[targets]
        return -(weight * log).sum() / weight.sum()

    return loss


def guess(labels: Labels, n_classes: int, balanced: bool, _loss: Loss | None = None) -> float:
    """The loss of the best guess that looks at no image: the entropies of all thresholds, added
    up. It is that of both losses, since each grade has a bias in both."""
    counts = np.bincount(labels, minlength=n_classes)
    shares = np.full(n_classes, 1 / n_classes) if balanced else counts / len(labels)
    at_most = shares.cumsum()[:-1]
    both = np.stack([at_most, 1 - at_most])
    return float(-(both * np.log(both, where=both > 0, out=np.zeros_like(both))).sum())


class SharedWeight(nn.Module):
    """The weight (grades, channels) of an output layer, whose rows become 1, 2, 3 ... times one
    weight in common: the part of it that is of this form.

    The logit of grade k is then k w x + b_k, so that the log-odds of each grade against the one
    below are w x and a bias: one score orders all grades, as in CORAL (Cao, Mirjalili, Raschka
    2020), and no threshold contradicts another.
    """

    def forward(self, weight: Tensor) -> Tensor:
        """The weight with its rows in proportion."""
        steps = torch.arange(1, len(weight) + 1, device=weight.device, dtype=weight.dtype)
        return torch.outer(steps, steps @ weight) / (steps @ steps)

    def right_inverse(self, weight: Tensor) -> Tensor:
        """The weight itself, of which the part that is of this form is taken."""
        return weight


def share_weight(output: nn.Linear, _labels: Labels, spec: Mapping[str, Any]) -> None:
    """Make an output layer such a one where the spec of a training asks for `coral`, in place;
    `pleura.models.lora.merge` makes it a plain layer of the same function."""
    if spec.get("loss") == "coral":
        parametrize.register_parametrization(output, "weight", SharedWeight())


LOSSES = {"cumulative": lambda: cumulative_loss, "coral": lambda: cumulative_loss}
