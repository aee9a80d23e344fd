"""Rank correlation with maps of redrawn weights."""

import numpy as np
import pytest

from pleura.evaluate.sanity import correlation_with_random, depends_on_weights


def test_correlations_by_hand() -> None:
    """Ranks, not values; the mean over networks; image by image."""
    mine = np.array([[[1, 2], [3, 40]], [[1, 2], [3, 4]]], dtype=np.float32)
    same, turned = mine**3, -mine
    assert correlation_with_random(mine, [same]) == pytest.approx(1)
    assert correlation_with_random(mine, [same, turned]) == pytest.approx(0)
    swapped = np.array([[[2, 1], [3, 40]], [[4, 3], [2, 1]]], dtype=np.float32)
    # 1 - 6 * sum(d^2) / (n * (n^2 - 1))
    assert correlation_with_random(mine, [swapped]) == pytest.approx([0.8, -1])


def test_constant_maps_tell_nothing() -> None:
    mine = np.arange(8, dtype=np.float32).reshape(2, 2, 2)
    blank = np.zeros_like(mine)
    half = np.stack([mine[0], blank[0]])
    assert correlation_with_random(mine, [half, blank])[0] == pytest.approx(1)
    assert np.isnan(correlation_with_random(mine, [half, blank])[1])
    assert np.isnan(correlation_with_random(blank, [mine])).all()


def test_the_verdict_goes_by_the_mean_of_what_is_known() -> None:
    assert depends_on_weights([0.9, 0.0, float("nan")]) is True
    assert depends_on_weights([0.9, 0.1]) is False
    assert depends_on_weights([float("nan")]) is None
