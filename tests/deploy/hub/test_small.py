"""Few patients are not counted out, nor can they be found by subtraction."""

from pleura.deploy.hub.small import counted, in_all

NAN = float("nan")


def test_what_has_no_sum_that_is_told_has_no_shares() -> None:
    assert counted([40, 60], 100, total=False) == ["not told", "60"]


def test_what_the_sizes_of_parts_give_away() -> None:
    groups = [[30.0, 30.0], [10.0, 10.0], [20.0, 20.0]]
    assert in_all([60, 20, 40], groups, 2) == ["", "", ""]
    few = [groups[0], [2.0, 2.0], groups[2]]
    assert in_all([60, 4, 40], few, 2) == ["not told", "fewer than 5", ""]
    # Two groups of 4 follow from a part of 8; groups of 4 and 1 do not from one of 5.
    assert in_all([60, 8, 40], [groups[0], [4.0, 4.0], groups[2]], 2) == ["not told"] * 2 + [""]
    assert in_all([60, 5, 40], [groups[0], [4.0, 1.0], groups[2]], 2) == ["", "", ""]
    assert in_all([60, 4, 3, 40], [*few[:2], [3.0, 0.0], few[2]], 3) == [
        *("", "fewer than 5", "fewer than 5", "")
    ]


def test_small_counts_and_what_gives_them_away() -> None:
    assert counted([40, 60], 100) == ["40 (40%)", "60 (60%)"]
    assert counted([3, 1200, 9]) == ["fewer than 5", "1,200", "not told"]
    assert counted([3, 4, 1200]) == ["fewer than 5", "fewer than 5", "not told"]  # not 1, not 2
    assert counted([4, 1, 1200]) == ["fewer than 5", "fewer than 5", "1,200"]
    assert counted([1, 1, 1, 7, 9])[3:] == ["not told", "9"]
    assert counted([3, 2, 1, 7, 9])[3:] == ["7", "9"]
    assert counted([0, 5, NAN]) == ["0", "5", "–"]
    assert counted([4, NAN]) == ["fewer than 5", "–"]
