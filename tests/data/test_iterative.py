import numpy as np
import pytest

from pleura.data.balance import ByFindings
from pleura.data.iterative import divide


def test_by_hand() -> None:
    """Two halves of four examples, of which two have the only label: one goes to each."""
    has = np.array([[True], [False], [True], [False]])
    for seed in range(20):
        part = divide(has, [0.5, 0.5], np.random.default_rng(seed))
        assert sorted(part[[0, 2]]) == [0, 1]
        assert sorted(part[[1, 3]]) == [0, 1]


@pytest.mark.parametrize("seed", range(10))
def test_parts_have_their_share_of_every_label(seed: int) -> None:
    """Nearer to the shares than by chance, and never farther off than a few examples."""
    rng = np.random.default_rng(seed)
    has = rng.random((400, 6)) < (0.02, 0.05, 0.1, 0.3, 0.5, 0.9)
    shares = np.array([0.6, 0.2, 0.2])
    wanted = has.sum(axis=0)[:, None] * shares

    def off(part: np.ndarray) -> float:
        held = np.stack([has[part == number].sum(axis=0) for number in range(3)], axis=1)
        return float(np.abs(held - wanted).sum())

    part = divide(has, shares.tolist(), rng)
    assert np.abs(np.bincount(part) - 400 * shares).max() <= 6
    by_chance = [off(rng.choice(3, size=400, p=shares)) for _ in range(20)]
    assert off(part) < 0.5 * min(by_chance)


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_a_rare_label_is_in_every_part_that_it_can_be_in(share: float) -> None:
    rng = np.random.default_rng(0)
    has = np.zeros((300, 2), dtype=bool)
    has[:3, 0] = True
    has[:, 1] = rng.random(300) < 0.4
    for seed in range(10):
        rest = (1 - share) / 2
        part = divide(has, [share, rest, rest], np.random.default_rng(seed))
        assert set(part[:3]) == {0, 1, 2}


def test_the_same_seed_draws_the_same() -> None:
    has = np.random.default_rng(0).random((50, 3)) < 0.3
    one, same = (divide(has, [0.5, 0.5], np.random.default_rng(7)) for _ in range(2))
    assert (one == same).all()


def balance() -> ByFindings:
    rng = np.random.default_rng(0)
    groups = np.repeat([f"p{i:03d}" for i in range(120)], 2)
    labels = (rng.random((240, 3)) < (0.05, 0.2, 0.5)).astype(np.int64)
    labels[rng.random((240, 3)) < 0.1] = -1
    return ByFindings.of(groups, labels)


def test_whole_patients_with_what_any_of_their_images_has() -> None:
    groups = np.array(["b", "a", "b"])
    found = ByFindings.of(groups, np.array([[1, -1], [0, 1], [0, -1]]))
    assert found.names.tolist() == ["a", "b"]
    # Columns: first finding, second finding; then known to be without the first, the second.
    assert found.has.tolist() == [[False, True, True, False], [True, False, True, False]]


def test_folds_divide_all_patients() -> None:
    found = balance().folds(5, seed=0)
    assert sorted(name for fold in found for name in fold) == balance().names.tolist()
    assert {len(fold) for fold in found} <= {23, 24, 25}


def test_fractions_grow_and_each_has_its_share_that_validates() -> None:
    names = balance().names.tolist()
    steps = balance().nested(names, [0.1, 0.5], 0.25, np.random.default_rng(0))
    train, validates = ([name for step in steps for name in step[part]] for part in (0, 1))
    assert len(set(train) | set(validates)) == len(train) + len(validates)
    assert abs(len(train) + len(validates) - 60) <= 3
    first = len(steps[0][0]) + len(steps[0][1])
    assert abs(first - 12) <= 2
    assert abs(len(validates) - 15) <= 3
    has = balance().has[np.isin(balance().names, validates)]
    assert has.any(axis=0).all()


def test_fractions_without_validation() -> None:
    names = balance().names.tolist()
    steps = balance().nested(names, [0.1, 1.0], 0.0, np.random.default_rng(0))
    assert [validates for _, validates in steps] == [[], []]
    assert sorted(steps[0][0] + steps[1][0]) == names
    assert abs(len(steps[0][0]) - 12) <= 2
