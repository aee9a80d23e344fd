"""Classification metrics of a table of probabilities, for one or many sets of image weights."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import ArrayLike

from pleura.evaluate.ranking import Floats, Ints, Ranking

Values = dict[tuple[str, str], Floats]

BY_CLASS = ("auroc", "auprc", "f1", "sensitivity", "specificity")
OVERALL = ("accuracy", "balanced_accuracy", "log_loss", "brier")
METRICS = (*BY_CLASS, *OVERALL)
LOWER_IS_BETTER = frozenset({"log_loss", "brier"})

BLOCK = 1 << 16  # weights worked on at a time: they and their running sums stay in the cache


def softmax(logits: ArrayLike) -> Floats:
    """Probabilities (n, k) float64 of logits (n, k)."""
    logits = np.asarray(logits, dtype=np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def confusion(labels: ArrayLike, predicted: ArrayLike, k: int) -> Ints:
    """Counts (k, k) of images: rows are the true class, columns the predicted one."""
    pairs = np.asarray(labels, dtype=np.int64) * k + np.asarray(predicted, dtype=np.int64)
    return np.bincount(pairs, minlength=k * k).reshape(k, k)


def evaluate(
    labels: ArrayLike,
    probabilities: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    classes: Sequence[str] | None = None,
    metrics: Collection[str] = METRICS,
) -> Values:
    """Metrics by (name, class), equal to scikit-learn's with `sample_weight`.

    labels: (n,) int; probabilities: (n, k); weights: (n,), (b, n) or None, not negative. Each value
    has shape (), or (b,) under (b, n) weights. The class is a name of `classes` (by default "0",
    "1", ...), "macro" for the plain mean over classes of AUROC, average precision, F1, sensitivity
    and specificity, or "all" for accuracy, balanced accuracy, log loss and Brier score (Brier 1950:
    summed over classes, averaged over images). The predicted class is the likeliest one.

    A class that `labels` lacks is nan and left out of the means. A class whose images all have
    weight 0 is nan, and so are the means that it belongs to.
    """
    labels = np.asarray(labels, dtype=np.int64)
    probabilities = np.asarray(probabilities, dtype=np.float64)
    n, k = probabilities.shape
    names = [str(c) for c in range(k)] if classes is None else list(classes)
    table = np.ones(n) if weights is None else np.asarray(weights)
    shape = table.shape[:-1]
    table = table.reshape(-1, n)
    present = np.isin(np.arange(k), labels)

    images = _per_image(labels, probabilities)
    rankings = [
        Ranking.of(labels == c, probabilities[:, c])
        for c in range(k)
        if not {"auroc", "auprc"}.isdisjoint(metrics)
    ]
    sums, areas = [], []
    for start in range(0, len(table), rows := max(1, BLOCK // n)):
        block = table[start : start + rows].astype(np.float64)
        sums.append(block @ images)
        areas.append([ranking.areas(block) for ranking in rankings])
    found = _from_sums(np.concatenate(sums), k)
    if rankings:
        found["auroc"], found["auprc"] = np.moveaxis(np.concatenate(areas, axis=-1), 1, 0)
    found["balanced_accuracy"] = found["sensitivity"][present].mean(axis=0)

    values: Values = {}
    for metric in (m for m in BY_CLASS if m in metrics):
        by_class = np.where(present[:, None], found[metric], np.nan)
        values |= {(metric, name): by_class[c] for c, name in enumerate(names)}
        values[metric, "macro"] = by_class[present].mean(axis=0)
    values |= {(metric, "all"): found[metric] for metric in OVERALL if metric in metrics}
    return {key: value.reshape(shape) for key, value in values.items()}


def _per_image(labels: Ints, probabilities: Floats) -> Floats:
    """What an image adds to the sums: (n, 2 + k * k) log loss, Brier score, confusion matrix."""
    n, k = probabilities.shape
    of_label = np.take_along_axis(probabilities, labels[:, None], axis=1)[:, 0]
    smallest = np.finfo(np.float64).eps  # as scikit-learn: an impossible truth costs 36, not inf
    images = np.zeros((n, 2 + k * k))
    images[:, 0] = -np.log(np.clip(of_label, smallest, 1 - smallest))
    images[:, 1] = ((probabilities - np.eye(k)[labels]) ** 2).sum(axis=1)
    images[np.arange(n), 2 + labels * k + probabilities.argmax(axis=1)] = 1
    return images


def _from_sums(sums: Floats, k: int) -> dict[str, Floats]:
    """Metrics by class (k, b) and overall (b,) from weighted sums (b, 2 + k * k) of images."""
    matrix = sums[:, 2:].reshape(-1, k, k)
    right = np.diagonal(matrix, axis1=1, axis2=2).T
    actual, called, total = matrix.sum(axis=2).T, matrix.sum(axis=1).T, matrix.sum(axis=(1, 2))
    with np.errstate(invalid="ignore"):
        return {
            "sensitivity": right / actual,
            "specificity": (total - actual - called + right) / (total - actual),
            "f1": np.where(actual > 0, 2 * right / (actual + called), np.nan),
            "accuracy": right.sum(axis=0) / total,
            "log_loss": sums[:, 0] / total,
            "brier": sums[:, 1] / total,
        }
