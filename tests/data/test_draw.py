import numpy as np
import pytest

from pleura.data.draw import draw_folds, draw_share, rarest_labels, take_nested


def test_a_group_counts_for_its_rarest_label() -> None:
    groups = np.array(["a", "a", "b", "c", "c", "d"])
    labels = np.array([0, 1, 0, 0, 2, 1])
    # Label 0 is of a, b, c; label 1 of a, d; label 2 of c alone.
    assert rarest_labels(groups, labels) == {"a": 1, "b": 0, "c": 2, "d": 1}


@pytest.mark.parametrize(("n", "share", "drawn"), [(10, 0.3, 3), (3, 0.01, 1), (3, 0.99, 1)])
def test_a_share_of_every_stratum(n: int, share: float, drawn: int) -> None:
    strata = {f"{label}{number}": label for label in (0, 1) for number in range(n)}
    groups = draw_share(strata, share, np.random.default_rng(0))
    assert [sum(group.startswith(label) for group in groups) for label in "01"] == [drawn, drawn]


def test_what_each_fraction_adds() -> None:
    order = [chr(ord("a") + number) for number in range(20)]
    steps = take_nested([order], [0.1, 0.5, 1.0], 0.2)
    # Positions 1, 6, 11, 16 validate.
    assert steps == [
        (["a"], ["b"]),
        (list("cdefhij"), ["g"]),
        (list("kmnoprst"), ["l", "q"]),
    ]


def test_folds_hold_equal_numbers_of_groups_whatever_their_numbers_of_images() -> None:
    random = np.random.default_rng(0)
    # 12 rare groups among 60, of 1 to 40 images each.
    of_group = np.array([1] * 12 + [0] * 48)
    sizes = random.integers(1, 40, 60)
    groups = np.repeat([f"g{i:02d}" for i in range(60)], sizes)
    labels = np.repeat(of_group, sizes).astype(np.int64)
    drawn = draw_folds(rarest_labels(groups, labels), 5, seed=0)
    assert sorted(name for fold in drawn for name in fold) == sorted(set(groups))
    rare = {f"g{i:02d}" for i in range(12)}
    assert sorted(len(rare & set(fold)) for fold in drawn) == [2, 2, 2, 3, 3]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("strata", ["aaaaabbb", "aabbccdd"])
def test_folds_are_drawn_of_strata_that_are_smaller_than_their_number(strata: str) -> None:
    of_group = {f"g{at}": ord(stratum) for at, stratum in enumerate(strata)}
    drawn = draw_folds(of_group, 5, seed=0)
    assert sorted(len(fold) for fold in drawn) == [1, 1, 2, 2, 2]
    assert sorted(name for fold in drawn for name in fold) == sorted(of_group)
