"""Few patients are not counted out, nor can they be found by subtraction."""

from pleura.deploy.hub.small import counted

NAN = float("nan")


def test_small_counts_and_what_gives_them_away() -> None:
    assert counted([40, 60], 100) == ["40 (40%)", "60 (60%)"]
    assert counted([3, 1200, 9]) == ["fewer than 5", "1,200", "not told"]
    assert counted([3, 4, 1200]) == ["fewer than 5", "fewer than 5", "1,200"]
    assert counted([0, 5, NAN]) == ["0", "5", "–"]
    assert counted([4, NAN]) == ["fewer than 5", "–"]
