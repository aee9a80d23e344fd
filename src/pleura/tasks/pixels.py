"""The pixel baselines that stand in every classification study: what 32 x 32 pixels know.

A transfer strategy that loses to them has shown nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

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
FOREST = "pixels: random forest"
LOGISTIC = "pixels: logistic regression"


@dataclass(frozen=True)
class PixelBaseline:
    """One baseline: its name in tables, the knob that is tuned, and the values tried."""

    name: str
    knob: str
    values: tuple[float, ...]


def baselines(trials: int) -> tuple[PixelBaseline, ...]:
    """The two baselines, with as many tuning trials as every recipe gets."""
    leaves = (1.0, 3.0, 10.0, 5.0, 2.0, 20.0)
    penalties = (1.0, 0.1, 10.0, 0.01, 100.0, 0.001)
    return (
        PixelBaseline(FOREST, "images in a leaf", _spread(leaves, trials)),
        PixelBaseline(LOGISTIC, "L2 penalty", _spread(penalties, trials)),
    )


def small_pixels(images: Images, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Images of a bank averaged down to 32 x 32: (len(rows), 1024) float32 in [0, 1]."""
    parts = []
    for start in range(0, len(rows), 512):
        block = torch.from_numpy(images.read(rows[start : start + 512])).unsqueeze(1).float() / 255
        parts.append(functional.adaptive_avg_pool2d(block, SIDE).flatten(1).numpy())
    return np.concatenate(parts)


def fit_pixels(
    name: str,
    value: float,
    pixels: NDArray[np.float32],
    labels: NDArray[np.int64],
    others: NDArray[np.float32],
    *,
    n_classes: int,
    seed: int,
    threads: int,
) -> NDArray[np.float32]:
    """Train one baseline on `pixels` (n, 1024) and `labels` (n,), at one value of its knob.

    Returns the log-probabilities of `others` (m, 1024): (m, classes) float32.
    """
    if name == LOGISTIC:
        head = fit_head(pixels, labels, n_classes=n_classes, penalty=value, balanced=True)
        return np.asarray(log_softmax(head.logits(others), axis=1), dtype=np.float32)
    from sklearn.ensemble import RandomForestClassifier  # a second, which a plan saves

    forest = RandomForestClassifier(
        n_estimators=TREES,
        min_samples_leaf=int(value),
        class_weight="balanced",
        random_state=seed % 2**32,
        n_jobs=threads,
    )
    forest.fit(pixels, labels)
    forest.n_jobs = 1  # trees that are added up by several threads round differently each time
    probabilities = np.clip(forest.predict_proba(others), SMALLEST_PROBABILITY, None)
    log_probabilities = np.log(probabilities / probabilities.sum(axis=1, keepdims=True))
    return np.asarray(log_probabilities, dtype=np.float32)


def _spread(values: Sequence[float], trials: int) -> tuple[float, ...]:
    return tuple(sorted(values[:trials]))
