"""Which images are looked at after each epoch."""

import numpy as np

from pleura.tasks.watched import watched

ROWS = np.arange(100, 1100)


def test_few_are_all_watched() -> None:
    np.testing.assert_array_equal(watched(ROWS[:5], "training"), ROWS[:5])


def test_the_same_ones_are_drawn_each_time() -> None:
    one = watched(ROWS, "training", most=50)
    np.testing.assert_array_equal(one, watched(ROWS, "training", most=50))
    assert not np.array_equal(one, watched(ROWS, "validation", most=50))
    assert len(set(one)) == 50
    assert set(one) <= set(ROWS)
    assert (np.diff(one) > 0).all()


def test_every_label_is_among_them() -> None:
    labels = np.zeros(1000, np.int64)
    labels[[3, 500, 999]] = [1, 2, 3]
    one = watched(ROWS, "training", labels=labels, most=10)
    assert set(labels[one - 100]) == {0, 1, 2, 3}
