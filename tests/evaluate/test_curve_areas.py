"""AUROC over the pairs within strata; the areas themselves are held in `test_metrics.py`."""

import numpy as np
import pytest

from pleura.evaluate.curve_areas import auroc_within

STRATA = np.array(["a", "a", "a", "b", "b", "c"], dtype=object)
POSITIVE = np.array([True, False, False, True, False, True])
SCORES = np.array([0.5, 0.4, 0.6, 0.1, 0.9, 0.0])


def test_pairs_of_one_stratum_alone_count() -> None:
    """One of two pairs in a is in order, that of b is not; c has none."""
    weights = np.array([np.ones(6), [1, 1, 0, 1, 1, 1], [1, 1, 1, 0, 1, 1], [1, 0, 0, 1, 0, 1]])
    found = auroc_within(STRATA, POSITIVE, SCORES, weights)
    assert found[:3] == pytest.approx([1 / 3, 1 / 2, 1 / 2])
    assert np.isnan(found[3])


def test_a_weight_counts_like_so_many_images_and_a_tie_half() -> None:
    weights = np.array([[2.0, 3.0, 1.0, 1.0, 1.0, 1.0]])
    assert auroc_within(STRATA, POSITIVE, SCORES, weights) == pytest.approx([6 / 9])
    assert auroc_within(STRATA, POSITIVE, np.zeros(6), weights) == pytest.approx([1 / 2])
