"""The pixel baselines of a classification, which stand in every study: what 32 x 32 pixels know.

A transfer strategy that loses to them has shown nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import log_softmax
from torch.nn import functional

from pleura.data.hidden import Images
from pleura.models.pixel_nets import SIDE, SMALLEST_PROBABILITY, PixelNetwork
from pleura.train.head import LinearHead, fit_head

VERSION = 1  # part of every key: raised whenever a baseline would predict something else
TREES = 500
Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class PixelTraining:
    """What a baseline is trained on: `pixels` (n, 1024) float32 in [0, 1], `labels` as
    `pleura.tasks.learned.Labels`; and with which seed and how many threads."""

    pixels: Pixels
    labels: NDArray[Any]
    n_classes: int
    seed: int
    threads: int


Fit = Callable[[PixelTraining, float, Pixels], Pixels]
"""Train at a value of the knob; log-probabilities (m, classes) float32 of others (m, 1024)."""

MakeNetwork = Callable[[PixelTraining, float], PixelNetwork]
"""Train at a value of the knob, as `Fit` does; the network that predicts what that does."""


@dataclass(frozen=True)
class PixelBaseline:
    """One baseline: its name in tables, the knob that is tuned, its values, those that are tried
    first at the front, how it is trained, and the network that it is handed over as, if it is."""

    name: str
    knob: str
    values: tuple[float, ...]
    fit: Fit
    network: MakeNetwork | None = None

    def tried(self, trials: int) -> tuple[float, ...]:
        """The values of as many trials as every recipe gets, in ascending order."""
        return tuple(sorted(self.values[:trials]))


def small_pixels(images: Images, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Images of a bank averaged down to 32 x 32: (len(rows), 1024) float32 in [0, 1]."""
    parts = []
    for start in range(0, len(rows), 512):
        block = torch.from_numpy(images.read(rows[start : start + 512])).unsqueeze(1).float() / 255
        parts.append(functional.adaptive_avg_pool2d(block, SIDE).flatten(1).numpy())
    return np.concatenate(parts)


def train_forest(training: PixelTraining, leaf: float) -> Any:
    """A random forest of 500 balanced trees, of scikit-learn."""
    from sklearn.ensemble import RandomForestClassifier  # a second, which a plan saves

    forest = RandomForestClassifier(
        n_estimators=TREES,
        min_samples_leaf=int(leaf),
        class_weight="balanced",
        random_state=training.seed % 2**32,
        n_jobs=training.threads,
    )
    forest.fit(training.pixels, training.labels)
    forest.n_jobs = 1  # trees that are added up by several threads round differently each time
    return forest


def fit_forest(training: PixelTraining, leaf: float, others: Pixels) -> Pixels:
    """A random forest of 500 balanced trees; see `Fit`."""
    forest = train_forest(training, leaf)
    probabilities = np.clip(forest.predict_proba(others), SMALLEST_PROBABILITY, None)
    log_probabilities = np.log(probabilities / probabilities.sum(axis=1, keepdims=True))
    return np.asarray(log_probabilities, dtype=np.float32)


def forest_network(training: PixelTraining, leaf: float) -> PixelNetwork:
    """The forest of `fit_forest` as a network."""
    forests = [train_forest(training, leaf)]
    return PixelNetwork.of_forests("classes", training.n_classes, forests)


def train_logistic(training: PixelTraining, penalty: float) -> LinearHead:
    """A balanced logistic regression, whose optimum hangs on no seed."""
    return fit_head(
        training.pixels,
        training.labels,
        n_classes=training.n_classes,
        penalty=penalty,
        balanced=True,
    )


def fit_logistic(training: PixelTraining, penalty: float, others: Pixels) -> Pixels:
    """A balanced logistic regression, whose optimum hangs on no seed; see `Fit`."""
    head = train_logistic(training, penalty)
    return np.asarray(log_softmax(head.logits(others), axis=1), dtype=np.float32)


def logistic_network(training: PixelTraining, penalty: float) -> PixelNetwork:
    """The regression of `fit_logistic` as a network, whose logits differ from log-probabilities by
    one number an image."""
    return line_network("linear", training.n_classes, train_logistic(training, penalty))


def line_network(reading: str, n_classes: int, head: LinearHead) -> PixelNetwork:
    """A linear head on pixels as a network; see `PixelNetwork`."""
    return PixelNetwork.of_line(reading, n_classes, head.weight, head.bias)


FOREST = PixelBaseline(
    "pixels: random forest",
    "images in a leaf",
    (1.0, 3.0, 10.0, 5.0, 2.0, 20.0),
    fit_forest,
    forest_network,
)
LOGISTIC = PixelBaseline(
    "pixels: logistic regression",
    "L2 penalty",
    (1.0, 0.1, 10.0, 0.01, 100.0, 0.001),
    fit_logistic,
    logistic_network,
)
