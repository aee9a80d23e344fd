"""How numbers are learned: Huber's loss in standard deviations, and the baselines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize

from pleura.data.mixing import Mixture, mix
from pleura.data.numbers import by_mean
from pleura.evaluate.calibration_maps import AsItIs
from pleura.evaluate.number_metrics import R2, NumberMetric, evaluate_numbers
from pleura.evaluate.ranking import Floats
from pleura.models.pixel_nets import PixelNetwork
from pleura.tables import NUMBER, PREDICTED
from pleura.tasks.learned import Criterion, Draws, Labels, LearnedLabels, Logits, Loss, choosing
from pleura.tasks.pixels import (
    FOREST,
    TREES,
    PixelBaseline,
    Pixels,
    PixelTraining,
    line_network,
)
from pleura.train.head import LinearHead, scale_of

VERSION = 1  # part of every key: raised whenever the loss or the score would be another


def mean_and_spread(numbers: Labels) -> tuple[float, float]:
    """Mean and standard deviation of the numbers (n,) that train; 1 where they do not vary."""
    return float(numbers.mean()), float(numbers.std()) or 1.0


def huber(
    numbers: Labels,
    _: int,
    _balanced: bool,
    _device: torch.device,
    _draws: Draws | None = None,
) -> Criterion:
    """Huber's loss (1964) of predictions (n, 1) in the unit of the numbers: errors are counted in
    standard deviations of those that train, however often each is drawn, and beyond one of these no
    longer squared. The output layer of a network is scaled by the same deviation."""
    spread = mean_and_spread(numbers)[1]

    def loss(predicted: Tensor, targets: Tensor) -> Tensor:
        error = (predicted[:, 0] - targets.to(predicted.dtype)) / spread
        return functional.huber_loss(error, torch.zeros_like(error))

    return loss


def loss_between(
    criterion: Criterion, outputs: Tensor, targets: Tensor, mixture: Mixture
) -> Tensor:
    """The loss of mixed images, whose numbers lie between those of both, as in the paper on mixup.
    Of Huber's loss the mean of two losses would be another one."""
    return criterion(outputs, mix(targets.to(outputs.dtype), mixture))


def guess(numbers: Labels, _: int, _balanced: bool, _loss: Loss | None = None) -> float:
    """The loss of the best number that is told of every image."""
    mean, spread = mean_and_spread(numbers)
    standard = torch.from_numpy((numbers - mean) / spread)

    def of(constant: float) -> float:
        return functional.huber_loss(torch.full_like(standard, constant), standard).item()

    ends = standard.min().item(), standard.max().item()
    return float(minimize_scalar(of, bounds=ends, method="bounded").fun)


class Scaled(nn.Module):
    """A parameter that trains in standard deviations, in the unit of the numbers: times `spread`,
    plus `mean`. Both are kept with the weights."""

    mean: Tensor
    spread: Tensor

    def __init__(self, mean: float, spread: float) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("spread", torch.tensor(spread))

    def forward(self, value: Tensor) -> Tensor:
        """In the unit of the numbers."""
        return value * self.spread + self.mean

    def right_inverse(self, value: Tensor) -> Tensor:
        """In standard deviations."""
        return (value - self.mean) / self.spread


def in_units(output: nn.Linear, numbers: Labels, _: Mapping[str, Any]) -> None:
    """Let an output layer that starts as for standardised numbers give numbers in their unit, by
    the mean and spread of those that train, in place."""
    mean, spread = mean_and_spread(numbers)
    with torch.no_grad():
        output.weight.mul_(spread)
        output.bias.mul_(spread).add_(mean)
    parametrize.register_parametrization(output, "weight", Scaled(0.0, spread))
    parametrize.register_parametrization(output, "bias", Scaled(mean, spread))


def fit_ridge(
    features: Pixels, labels: Labels, *, n_classes: int, penalty: float, balanced: bool
) -> LinearHead:
    """Ridge regression on standardised features, as a head of one output in the unit of `labels`
    (n,): the mean squared error in standard deviations plus `penalty` times the squared weights is
    the least. See `pleura.train.head.fit_head`."""
    from sklearn.linear_model import Ridge  # a second, which a plan saves

    mean, spread = mean_and_spread(labels)
    middle, width = features.mean(axis=0, dtype=np.float64), scale_of(features)
    model = Ridge(penalty * len(labels)).fit((features - middle) / width, (labels - mean) / spread)
    weight = spread * model.coef_.reshape(1, -1) / width
    bias = mean + spread * float(model.intercept_) - weight @ middle
    return LinearHead(weight.astype(np.float32), bias.astype(np.float32), 1, converged=True)


def train_line(training: PixelTraining, penalty: float) -> LinearHead:
    """Ridge regression on pixels."""
    return fit_ridge(training.pixels, training.labels, n_classes=1, penalty=penalty, balanced=False)


def fit_line(training: PixelTraining, penalty: float, others: Pixels) -> Pixels:
    """Ridge regression; numbers (m, 1) float32 of others."""
    return train_line(training, penalty).logits(others)


def ridge_network(training: PixelTraining, penalty: float) -> PixelNetwork:
    """The regression of `fit_line` as a network."""
    return line_network("linear", 1, train_line(training, penalty))


def train_forest(training: PixelTraining, leaf: float) -> Any:
    """A random forest of 500 regression trees, of scikit-learn."""
    from sklearn.ensemble import RandomForestRegressor  # a second, which a plan saves

    forest = RandomForestRegressor(
        n_estimators=TREES,
        min_samples_leaf=int(leaf),
        max_features=1 / 3,  # as Breiman (2001) proposes for regression
        random_state=training.seed % 2**32,
        n_jobs=training.threads,
    )
    forest.fit(training.pixels, training.labels)
    forest.n_jobs = 1  # trees that are added up by several threads round differently each time
    return forest


def fit_forest(training: PixelTraining, leaf: float, others: Pixels) -> Pixels:
    """A random forest of 500 regression trees; numbers (m, 1) float32 of others."""
    return np.asarray(train_forest(training, leaf).predict(others)[:, None], dtype=np.float32)


def forest_network(training: PixelTraining, leaf: float) -> PixelNetwork:
    """The forest of `fit_forest` as a network."""
    return PixelNetwork.of_forests("number", 1, [train_forest(training, leaf)])


def label_columns(numbers: Labels, _: Sequence[str]) -> pd.DataFrame:
    """The true number."""
    return pd.DataFrame({NUMBER: numbers})


def columns(predicted: Logits, numbers: Labels, names: Sequence[str]) -> pd.DataFrame:
    """The true number and the predicted one."""
    truth = label_columns(numbers, names)
    return truth.assign(**{PREDICTED: predicted[:, 0].astype(np.float64)})


def score(
    predicted: Logits, numbers: Labels, metric: NumberMetric, _: Callable[[Logits], Any]
) -> float:
    """A metric of predictions (n, 1), turned so that more is better. Raises PleuraError where it
    cannot be told."""
    metrics = evaluate_numbers(numbers, predicted[:, 0].astype(np.float64))
    return choosing(float(metrics[metric.name][0]), metric, "all numbers there are the same")


def as_numbers(outputs: Logits) -> Floats:
    """Numbers are no logits: they stay as they are."""
    return outputs.astype(np.float64)


RIDGE = PixelBaseline(
    "pixels: ridge regression",
    "L2 penalty",
    (1.0, 0.1, 10.0, 0.01, 100.0, 0.001),
    fit_line,
    ridge_network,
)
TREES_OF_NUMBERS = replace(FOREST, fit=fit_forest, network=forest_network)
LEARNED = LearnedLabels(
    version=VERSION,
    loss=huber,
    prepare=in_units,
    guess=guess,
    balance=by_mean,
    fit_head=fit_ridge,
    mixed=loss_between,
    taught=None,
    baselines=(TREES_OF_NUMBERS, RIDGE),
    label_columns=label_columns,
    columns=columns,
    probabilities=as_numbers,
    calibration=AsItIs,
    score=score,
    probed_by=R2,
)
