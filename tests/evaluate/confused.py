"""Images that give a confusion matrix, and a metric of theirs without each of them."""

from collections.abc import Sequence

import numpy as np

from pleura.evaluate.jackknife import LeaveOneOut
from pleura.evaluate.metrics import METRICS, evaluate


def confused(matrix: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    """Labels and predicted classes; rows of `matrix` are the true class."""
    counts = np.asarray(matrix)
    true, called = np.indices(counts.shape)
    return np.repeat(true, counts.ravel()).tolist(), np.repeat(called, counts.ravel()).tolist()


def leave_one_out(metric: str, labels: Sequence[int], called: Sequence[int]) -> LeaveOneOut:
    """One training, every image another patient."""
    k, n = max(labels) + 1, len(labels)
    kept = np.arange(-1, n)[:, None] != np.arange(n)
    record = METRICS[metric]
    values = evaluate(labels, np.eye(k)[list(called)], kept, metrics=[record])[record.overall]
    return LeaveOneOut(values[:1], values[None, 1:])
