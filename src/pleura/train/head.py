"""A linear head on frozen features, trained to its optimum."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

VERSION = 1  # part of every key: raised whenever the same features would get another head
MOST_ITERATIONS = 2000
SILENT = 0.01  # of the median spread


@dataclass(frozen=True)
class LinearHead:
    """Multinomial logistic regression: logits = features @ weight.T + bias.

    `weight`: (classes, channels) float32, `bias`: (classes,) float32, `iterations` until the
    optimum, `converged` false where the limit of 2,000 was reached before it.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    iterations: int
    converged: bool

    def logits(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, channels) to (n, classes), float32."""
        return features @ self.weight.T + self.bias

    def put_into(self, head: nn.Linear) -> None:
        """Copy weight and bias into a module, in place."""
        with torch.no_grad():
            head.weight.copy_(torch.from_numpy(self.weight))
            head.bias.copy_(torch.from_numpy(self.bias))


def scale_of(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """What each channel of `features` (n, channels) is divided by: (channels,).

    The standard deviation; that of the median channel where a channel hardly varies. Such a channel
    (a ReLU that is silent on the training images) would be blown up on the first image where it is
    not.
    """
    spread = features.std(axis=0, dtype=np.float64)
    usual = float(np.median(spread)) or 1.0
    return np.where(spread < SILENT * usual, usual, spread)


def fit_head(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    *,
    n_classes: int,
    penalty: float,
    balanced: bool,
) -> LinearHead:
    """Fit a head by L-BFGS (scikit-learn) on standardised features; the scaling is folded in.

    `features`: (n, channels), `labels`: (n,). `penalty` is the strength of L2 per training image:
    the mean loss + penalty / 2 * |weights|^2 is minimal, so that it means the same at every
    number of images. `balanced` weights classes by inverse frequency.
    """
    from sklearn.linear_model import LogisticRegression  # a second, which a plan saves

    mean = features.mean(axis=0, dtype=np.float64)
    scale = scale_of(features)
    model = LogisticRegression(
        C=1 / (penalty * len(labels)),
        class_weight="balanced" if balanced else None,
        max_iter=MOST_ITERATIONS,
        tol=1e-5,
    )
    # In single precision it takes half the time, and weights differ by a few parts in 10,000.
    model.fit(((features - mean) / scale).astype(np.float32), labels)
    coefficients, intercept = model.coef_.astype(np.float64), model.intercept_.astype(np.float64)
    if n_classes == 2:
        coefficients = np.concatenate([-coefficients, coefficients]) / 2
        intercept = np.concatenate([-intercept, intercept]) / 2
    weight = coefficients / scale
    iterations = int(model.n_iter_.max())
    return LinearHead(
        # In rows: safetensors writes memory as it lies, and scikit-learn's may lie in columns.
        weight=np.ascontiguousarray(weight, dtype=np.float32),
        bias=(intercept - weight @ mean).astype(np.float32),
        iterations=iterations,
        converged=iterations < MOST_ITERATIONS,
    )
