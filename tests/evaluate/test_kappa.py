"""Cohen's kappa by hand and where degenerate; the reference is in `test_metrics.py`."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from pleura.evaluate.intervals import interval
from pleura.evaluate.kappa import KAPPA
from pleura.evaluate.metrics import evaluate
from tests.evaluate.confused import confused, leave_one_out


def kappa(labels: list[int], called: list[int], k: int = 2) -> float:
    return float(evaluate(labels, np.eye(k)[called], metrics=[KAPPA])["kappa", "all"])


def test_by_hand() -> None:
    """7 of 10 agree, 5 by chance: (.7 - .5) / (1 - .5)."""
    assert kappa(*confused([[4, 1], [2, 3]])) == pytest.approx(0.4)
    three = confused([[5, 1, 0], [2, 3, 2], [0, 1, 6]])
    assert kappa(*three, k=3) == pytest.approx(cohen_kappa_score(*three))


def test_the_ends_and_what_is_degenerate() -> None:
    assert kappa([0, 0, 1], [0, 0, 1]) == 1
    assert kappa([0, 1], [1, 0]) == -1
    assert kappa([0, 1, 1], [1, 1, 1]) == cohen_kappa_score([0, 1, 1], [1, 1, 1]) == 0
    assert np.isnan(kappa([1, 1, 1], [0, 1, 1]))  # scikit-learn says 0
    assert np.isnan(kappa([1, 1, 1], [1, 1, 1]))


def test_limits_at_the_ends_and_in_between() -> None:
    for matrix in ([[0, 30], [30, 0]], [[30, 0], [30, 0]], [[30, 0], [0, 30]], [[25, 5], [9, 21]]):
        sample = leave_one_out("kappa", *confused(matrix))
        low, high = interval(KAPPA, sample, 0.95, 30)
        assert -1 <= low <= sample.value <= high <= 1
        assert 0.1 < high - low < 0.8
