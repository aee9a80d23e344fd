"""Groups of images by source and class, and epochs in which all have the same share."""

from collections import Counter

import numpy as np
import pytest

from pleura.data.image_groups import Groups, balanced_order, groups_of

SOURCES = np.array(["b", "a", "a", "", "a", "a", "a", "a"])


def test_groups_are_named_and_counted() -> None:
    groups = groups_of(SOURCES)
    assert groups.names == ("a", "b", "no source")
    assert groups.sizes.tolist() == [6, 1, 1]
    labels = np.array([0, 0, 1, 1, 1, 1, 1, 1])
    within = groups_of(SOURCES, labels, ("ill", "well"))
    assert within.names == ("ill in a", "ill in b", "well in a", "well in no source")
    assert within.of.tolist() == [1, 0, 2, 3, 2, 2, 2, 2]


def test_a_key_is_of_who_is_together() -> None:
    assert groups_of(SOURCES).key == groups_of(np.char.replace(SOURCES, "a", "aa")).key
    assert groups_of(SOURCES).key != groups_of(np.roll(SOURCES, 1)).key


@pytest.mark.parametrize("n", [9, 30, 31])
def test_every_run_has_each_group_once(n: int) -> None:
    of = np.where(np.arange(n) < 2, 0, 1 + np.arange(n) % 2)
    groups = Groups(of, ("few", "odd", "even"))
    order = balanced_order(groups, np.random.default_rng(n))
    assert len(order) == n
    for start in range(0, n - 2, 3):
        assert sorted(of[order[start : start + 3]]) == [0, 1, 2]
    times = Counter(order.tolist())
    few = [times[row] for row in (0, 1)]
    assert max(few) - min(few) <= 1  # the few are given in turn
    assert max(times[row] for row in range(2, n)) == 1


def test_an_order_follows_from_its_generator() -> None:
    groups = groups_of(SOURCES)
    once, again, other = (balanced_order(groups, np.random.default_rng(k)) for k in (1, 1, 2))
    assert once.tolist() == again.tolist() != other.tolist()
