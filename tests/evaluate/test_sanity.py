"""Rank correlation with maps of redrawn weights."""

import json

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.sanity import checks_of, correlation_with_random, depends_on_weights


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


def test_a_record_tells_the_check_of_each_kind_of_map() -> None:
    table = pd.DataFrame(
        {
            "recipe": ["a", "a", "b"],
            "cut": "blocks.3",
            "grid": 14,
            "correlation_with_random": [0.9, 0.3, np.nan],
            "last_cut": "head",
            "last_grid": 3,
            "last_correlation_with_random": [0.1, 0.2, 0.3],
        }
    )
    coarse, fine = checks_of(table, "a")
    assert (coarse.method, coarse.cut, coarse.grid, coarse.passes) == ("Grad-CAM", "head", 3, None)
    assert (fine.method, fine.images, fine.passes) == ("HiRes-CAM", 2, False)
    ends = fine.correlation, fine.lowest, fine.highest
    assert ends == pytest.approx((0.6, 0.3, 0.9))
    empty = checks_of(table, "b")[1]
    assert (empty.images, empty.passes) == (0, None)
    assert json.loads(json.dumps(empty.as_dict(), allow_nan=False))["correlation"] is None
    assert checks_of(table, "c") == []
