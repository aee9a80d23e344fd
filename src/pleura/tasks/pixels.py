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
from pleura.train.head import fit_head

VERSION = 1  # part of every key: raised whenever a baseline would predict something else
SIDE = 32
TREES = 500
SMALLEST_PROBABILITY = 1e-6
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


@dataclass(frozen=True)
class PixelBaseline:
    """One baseline: its name in tables, the knob that is tuned, its values, those that are tried
    first at the front, and how it is trained."""

    name: str
    knob: str
    values: tuple[float, ...]
    fit: Fit

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


def fit_forest(training: PixelTraining, leaf: float, others: Pixels) -> Pixels:
    """A random forest of 500 balanced trees; see `Fit`."""
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
    probabilities = np.clip(forest.predict_proba(others), SMALLEST_PROBABILITY, None)
    log_probabilities = np.log(probabilities / probabilities.sum(axis=1, keepdims=True))
    return np.asarray(log_probabilities, dtype=np.float32)


def fit_logistic(training: PixelTraining, penalty: float, others: Pixels) -> Pixels:
    """A balanced logistic regression, whose optimum hangs on no seed; see `Fit`."""
    head = fit_head(
        training.pixels,
        training.labels,
        n_classes=training.n_classes,
        penalty=penalty,
        balanced=True,
    )
    return np.asarray(log_softmax(head.logits(others), axis=1), dtype=np.float32)


FOREST = PixelBaseline(
    "pixels: random forest", "images in a leaf", (1.0, 3.0, 10.0, 5.0, 2.0, 20.0), fit_forest
)
LOGISTIC = PixelBaseline(
    "pixels: logistic regression", "L2 penalty", (1.0, 0.1, 10.0, 0.01, 100.0, 0.001), fit_logistic
)
