"""What a task learns and by what it is judged on validation: one record each."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura.data.balance import Balanced, ByStratum
from pleura.data.mixing import Mixture
from pleura.errors import PleuraError
from pleura.evaluate.calibration_maps import CalibrationMap, OutputMap
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.metric import ClassificationMetric, Metric
from pleura.evaluate.metrics import evaluate, softmax
from pleura.tables import LOGIT
from pleura.tasks.pixels import FOREST, LOGISTIC, PixelBaseline
from pleura.tasks.soft_losses import SoftLoss, of_classes
from pleura.train.head import LinearHead, fit_head

Labels = NDArray[Any]
"""What is learned of each image: int64, its class (n,), or (n, findings): 1, 0, or -1 where a
finding is not known; or float64, a number (n,)."""
Logits = NDArray[np.float32]
Criterion = Callable[[Tensor, Tensor], Tensor]
"""The mean loss of logits (n, classes) float and their `Labels`."""
Draws = NDArray[np.float64]
"""(n,) how often an epoch draws each image that trains, on average; none of them 0 times."""


class Loss(Protocol):
    """Makes the loss of a training."""

    def __call__(
        self,
        labels: Labels,
        n_classes: int,
        balanced: bool,
        device: torch.device,
        draws: Draws | None = None,
        /,
    ) -> Criterion:
        """The loss on a device from the labels that train, the number of classes, whether classes
        are to count alike, and how often an epoch draws each image, None for once."""
        ...


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What every task says of its learning.

    version: part of the keys of its trainings, raised whenever the loss or the score would be
    another. balance: how a split balances its parts.
    """

    version: int
    balance: Balanced = ByStratum.rarest


def logit_columns(logits: Logits, classes: Sequence[str]) -> pd.DataFrame:
    """Logits (n, classes) as the columns `logit_<class>`, float64."""
    return pd.DataFrame(logits.astype(np.float64), columns=[f"{LOGIT}{name}" for name in classes])


def class_names(labels: Labels, classes: Sequence[str]) -> pd.DataFrame:
    """Labels of a task in which an image is of one class, (n,): the column `label`, its name."""
    return pd.DataFrame({"label": [classes[number] for number in labels]})


def class_columns(logits: Logits, _labels: Labels, classes: Sequence[str]) -> pd.DataFrame:
    """Columns of a task in which an image is of one class: its logits alone."""
    return logit_columns(logits, classes)


def score_of(
    logits: Logits,
    labels: Labels,
    metric: ClassificationMetric,
    probabilities: Callable[[Logits], NDArray[np.float64]] = softmax,
) -> float:
    """A metric over all classes of `logits` (n, classes), turned so that more is better, for
    choosing among epochs and trials.

    Raises PleuraError where it cannot be told, as with logits that are not finite.
    """
    value = float(evaluate(labels, probabilities(logits), metrics=[metric])[metric.overall])
    return choosing(value, metric, "a class is missing there")


def choosing(value: float, metric: Metric, otherwise: str) -> float:
    """The value of a metric on validation, turned so that more is better.

    Raises PleuraError where it is not finite: outputs are not, or what `otherwise` says.
    """
    if not math.isfinite(value):
        raise PleuraError(
            f"the {metric.label} on the validation part cannot be computed: the model's outputs "
            f"are not finite, or {otherwise}; try a smaller learning rate (tune.rates)"
        )
    return metric.sign * value


def as_it_is(_output: nn.Linear, _labels: Labels, _spec: Mapping[str, Any]) -> None:
    """As `prepare` of a task whose output layer trains as it is."""


def loss_of_both(
    criterion: Criterion, outputs: Tensor, targets: Tensor, mixture: Mixture
) -> Tensor:
    """The loss of mixed images: that of their own targets and that of their partners', in the
    shares of the mixture. For a cross-entropy it is the loss of mixed targets; and where one of two
    images is not known to have a finding, the other counts alone."""
    own, others = criterion(outputs, targets), criterion(outputs, targets[mixture.partners])
    return mixture.share * own + (1 - mixture.share) * others


@dataclass(frozen=True, kw_only=True)
class LearnedLabels(Learned):
    """A task that learns labels of images.

    Networks and baselines have one logit a class in the order of the study's classes: heat maps
    and the model that is handed over need no more.

    loss: the loss of trainings whose spec names none; losses: those that a spec can name, made from
    their options. prepare: what is done to the output layer of a network before its training, in
    place, from the labels that train and the spec: parametrisations, of which
    `pleura.models.lora.merge` makes plain weights with the same function. guess: what the last, a
    loss, is for the best guess that looks at no image. fit_head: the linear head at its optimum
    (see `pleura.train.head.fit_head`). baselines: what 32 x 32 pixels know. mixed: the loss of
    images that are mixed with others, of a criterion, outputs, targets and the mixture. taught: the
    loss beside a teacher's logits; None where outputs are no probabilities.

    several: whether an image may be of several classes. label_columns: what tables say of labels,
    a row an image, with nothing where one is not known. columns: what predictions.csv says of
    logits (n, classes) with their labels; derived: the names of those that follow from the outputs,
    such as a mean of grades. probabilities: of logits, both (n, classes). calibration: how logits
    are calibrated, and those of several networks averaged. score: a metric of logits with their
    labels, turned so that more is better (see `score_of`). probed_by: the metric, better the
    greater it is, of the linear probes in a search for a depth.
    """

    loss: Loss
    losses: Mapping[str, Callable[..., Loss]] = field(default_factory=dict)
    prepare: Callable[[nn.Linear, Labels, Mapping[str, Any]], None] = as_it_is
    guess: Callable[[Labels, int, bool, Loss], float]
    fit_head: Callable[..., LinearHead] = fit_head
    baselines: tuple[PixelBaseline, ...] = (FOREST, LOGISTIC)
    mixed: Callable[[Criterion, Tensor, Tensor, Mixture], Tensor] = loss_of_both
    taught: SoftLoss | None = of_classes
    several: bool = False
    label_columns: Callable[[Labels, Sequence[str]], pd.DataFrame] = class_names
    columns: Callable[[Logits, Labels, Sequence[str]], pd.DataFrame] = class_columns
    derived: tuple[str, ...] = ()
    probabilities: Callable[[Logits], NDArray[np.float64]] = softmax
    calibration: type[OutputMap] = CalibrationMap
    score: Callable[[Logits, Labels, Any, Callable[[Logits], Any]], float] = score_of
    probed_by: Metric = AUROC

    def baseline(self, name: str) -> PixelBaseline:
        """The baseline with a name."""
        return next(baseline for baseline in self.baselines if baseline.name == name)

    def loss_of(self, spec: Mapping[str, Any]) -> Loss:
        """The loss that the spec of a training names."""
        if not (named := spec.get("loss")):
            return self.loss
        ((name, options),) = ({named: {}} if isinstance(named, str) else named).items()
        return self.losses[name](**options)

    def judging(
        self, metric: ClassificationMetric, criterion: Criterion
    ) -> Callable[[Logits, Labels], tuple[float, float]]:
        """What gives the loss, by a `criterion` on the CPU, and the score by a metric of logits
        (n, classes) with their labels."""

        def judge(logits: Logits, of: Labels) -> tuple[float, float]:
            loss = criterion(torch.from_numpy(logits), torch.from_numpy(of))
            return loss.item(), self.score(logits, of, metric, self.probabilities)

        return judge
