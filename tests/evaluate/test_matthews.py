"""Matthews correlation by hand and where degenerate; the reference is in `test_metrics.py`."""

import numpy as np
import pytest
from sklearn.metrics import matthews_corrcoef

from pleura.evaluate.intervals import interval
from pleura.evaluate.matthews import MCC
from pleura.evaluate.metrics import evaluate
from tests.evaluate.confused import confused, leave_one_out


def mcc(labels: list[int], called: list[int], k: int = 2) -> float:
    return float(evaluate(labels, np.eye(k)[called], metrics=[MCC])["mcc", "all"])


def test_by_hand() -> None:
    """4 and 3 right, 1 and 2 wrong: (4 * 3 - 1 * 2) / sqrt(5 * 5 * 6 * 4)."""
    labels, called = confused([[4, 1], [2, 3]])
    assert mcc(labels, called) == pytest.approx(10 / np.sqrt(600))
    three = confused([[5, 1, 0], [2, 3, 2], [0, 1, 6]])
    assert mcc(*three, k=3) == pytest.approx(matthews_corrcoef(*three))


def test_the_ends_and_what_is_degenerate() -> None:
    assert mcc([0, 0, 1], [0, 0, 1]) == 1
    assert mcc([0, 1, 1], [1, 0, 0]) == -1
    assert mcc([0, 1, 1], [1, 1, 1]) == matthews_corrcoef([0, 1, 1], [1, 1, 1]) == 0
    assert np.isnan(mcc([1, 1, 1], [0, 1, 1]))  # scikit-learn says 0
    assert np.isnan(mcc([1, 1, 1], [1, 1, 1]))


def test_limits_are_those_of_the_accuracy_where_all_is_balanced() -> None:
    """One image a patient, half of them ill and called so: MCC is 2 * accuracy - 1."""
    labels, called = confused([[45, 5], [5, 45]])
    sample = leave_one_out("mcc", labels, called)
    low, high = interval(MCC, sample, 0.95, 50)
    assert sample.value == pytest.approx(0.8)
    # Wald limits of 90 of 100 on the logit scale, taken to -1 to 1.
    around = np.log(9) + np.array([-1, 1]) * 1.984 / np.sqrt(100 * 0.9 * 0.1)
    assert (low, high) == pytest.approx(tuple(2 / (1 + np.exp(-around)) - 1), abs=0.01)


@pytest.mark.parametrize("matrix", [[[0, 30], [30, 0]], [[30, 0], [30, 0]], [[30, 0], [0, 30]]])
def test_limits_at_the_ends_and_where_one_class_is_called(matrix: list[list[int]]) -> None:
    sample = leave_one_out("mcc", *confused(matrix))
    low, high = interval(MCC, sample, 0.95, 30)
    assert -1 <= low <= sample.value <= high <= 1
    assert 0.1 < high - low < 0.8
