"""How grades are learned: a loss of cumulative logits, a baseline that is a line through grades."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.linear_model import Ridge
from torch import Tensor
from torch.nn import functional

from pleura.data.balance import ByStratum
from pleura.evaluate.metrics import softmax
from pleura.tasks.classification import inverse_frequency
from pleura.tasks.learned import (
    Criterion,
    Draws,
    Labels,
    LearnedLabels,
    Logits,
    Loss,
    logit_columns,
)
from pleura.tasks.pixels import PixelBaseline, Pixels, PixelTraining


def cumulative(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Log-probabilities that a grade is at most, and that it is above, 0 to k - 2: (n, k - 1)."""
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
    """Binary cross-entropy of every threshold between two grades, added up."""
    of = inverse_frequency(labels, n_classes, draws) if balanced else None
    weights = None if of is None else torch.from_numpy(of)
    of_grade = torch.ones(n_classes) if weights is None else weights
    of_grade = of_grade.to(device)
    thresholds = torch.arange(n_classes - 1, device=device)

    def loss(logits: Tensor, targets: Tensor) -> Tensor:
        at_most, above = cumulative(logits)
        log = torch.where(targets[:, None] > thresholds, above, at_most).sum(dim=1)
        weight = of_grade[targets]
        return -(weight * log).sum() / weight.sum()

    return loss


def guess(labels: Labels, n_classes: int, balanced: bool, _loss: Loss | None = None) -> float:
    """The entropy of the thresholds, added up."""
    counts = np.bincount(labels, minlength=n_classes)
    shares = np.full(n_classes, 1 / n_classes) if balanced else counts / len(labels)
    at_most = shares.cumsum()[:-1]
    both = np.stack([at_most, 1 - at_most])
    return float(-(both * np.log(both, where=both > 0, out=np.zeros_like(both))).sum())


def highest(groups: NDArray[np.str_], labels: Labels) -> ByStratum:
    """Strata by the highest grade of each patient."""
    grades = pd.Series(labels).groupby(groups).max()
    return ByStratum({str(name): int(grade) for name, grade in grades.items()})


def fit_line(training: PixelTraining, penalty: float, others: Pixels) -> Pixels:
    """Ridge regression of the grade; the nearer a grade, the likelier it is."""
    model = Ridge(penalty * len(training.labels)).fit(training.pixels, training.labels)
    apart = model.predict(others)[:, None] - np.arange(training.n_classes)
    return np.asarray(log_softmax(-(apart**2), axis=1), dtype=np.float32)


def columns(logits: Logits, _labels: Labels, classes: Sequence[str]) -> pd.DataFrame:
    """Logits, and the grade to be expected."""
    expected = softmax(logits) @ np.arange(len(classes))
    return logit_columns(logits, classes).assign(expected_grade=expected)


LINE = PixelBaseline("pixels: line", "L2 penalty", (0.1, 1.0, 0.01, 10.0, 0.001, 100.0), fit_line)
LEARNED = LearnedLabels(
    version=1,
    loss=cumulative_loss,
    guess=guess,
    balance=highest,
    baselines=(LINE,),
    columns=columns,
    derived=("expected_grade",),
)
