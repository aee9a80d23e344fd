"""What a task learns and by what it is judged on validation: one record each."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from pleura.data.draw import rarest_labels
from pleura.data.split import Strata
from pleura.errors import PleuraError
from pleura.evaluate.metric import ClassificationMetric
from pleura.evaluate.metrics import evaluate, softmax
from pleura.tables import LOGIT
from pleura.tasks.pixels import FOREST, LOGISTIC, PixelBaseline
from pleura.train.head import LinearHead, fit_head

Labels = NDArray[np.int64]
Logits = NDArray[np.float32]
Criterion = Callable[[Tensor, Tensor], Tensor]
"""The mean loss of logits (n, classes) float and labels (n,) int64."""


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What every task says of its learning.

    version: part of the keys of its trainings, raised whenever the loss or the score would be
    another. strata: what a split balances.
    """

    version: int
    strata: Strata = rarest_labels


def logit_columns(logits: Logits, classes: Sequence[str]) -> pd.DataFrame:
    """Logits (n, classes) as the columns `logit_<class>`, float64."""
    return pd.DataFrame(logits.astype(np.float64), columns=[f"{LOGIT}{name}" for name in classes])


@dataclass(frozen=True, kw_only=True)
class LearnedLabels(Learned):
    """A task that learns the label of an image.

    Networks and baselines have one logit a class in the order of the study's classes, whose softmax
    are probabilities: heat maps, calibration and the model that is handed over need no more.

    loss: makes the loss on a device from the labels (n,) that train, the number of classes, and
    whether classes are to count alike. guess: the loss of the best guess that looks at no image,
    from the same. fit_head: the linear head at its optimum (see `pleura.train.head.fit_head`).
    baselines: what 32 x 32 pixels know. columns: what predictions.csv says of logits (n, classes).
    """

    loss: Callable[[Labels, int, bool, torch.device], Criterion]
    guess: Callable[[Labels, int, bool], float]
    fit_head: Callable[..., LinearHead] = fit_head
    baselines: tuple[PixelBaseline, ...] = (FOREST, LOGISTIC)
    columns: Callable[[Logits, Sequence[str]], pd.DataFrame] = logit_columns

    def baseline(self, name: str) -> PixelBaseline:
        """The baseline with a name."""
        return next(baseline for baseline in self.baselines if baseline.name == name)

    def judging(
        self, metric: ClassificationMetric, labels: Labels, n_classes: int, balanced: bool
    ) -> Callable[[Logits, Labels], tuple[float, float]]:
        """What gives the loss of logits (n, classes) with their labels (n,), as in a training with
        `labels`, and their score by a metric."""
        criterion = self.loss(labels, n_classes, balanced, torch.device("cpu"))

        def judge(logits: Logits, of: Labels) -> tuple[float, float]:
            loss = criterion(torch.from_numpy(logits), torch.from_numpy(of))
            return loss.item(), score_of(logits, of, metric)

        return judge


def score_of(logits: Logits, labels: Labels, metric: ClassificationMetric) -> float:
    """A metric over all classes of `logits` (n, classes), turned so that more is better, for
    choosing among epochs and trials.

    Raises PleuraError where it cannot be told, as with logits that are not finite.
    """
    score = float(evaluate(labels, softmax(logits), metrics=[metric])[metric.overall])
    if not math.isfinite(score):
        raise PleuraError(
            f"the {metric.label} on the validation part cannot be computed: the model's outputs "
            "are not finite, or a class is missing there; try a smaller learning rate (tune.rates)"
        )
    return metric.sign * score
