"""Masks unlike those of validation are called doubtful, for the reason that is planted."""

import json

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from pleura.deploy.mask_quality import Usual, learn_usual, measure

SIZE = 64
Two = tuple[NDArray[np.float32], NDArray[np.float32]]


def discs(*centres: tuple[float, float, float]) -> NDArray[np.bool_]:
    """Discs of (x, y, radius)."""
    rows, columns = np.indices((SIZE, SIZE))
    near = [np.hypot(columns - x, rows - y) < radius for x, y, radius in centres]
    return np.any(near, axis=0) if near else np.zeros((SIZE, SIZE), dtype=np.bool_)


def sure_of(mask: NDArray[np.bool_], blur: float = 1.0, top: float = 1.0) -> NDArray[np.float32]:
    """(2, SIZE, SIZE): probabilities that fall off at the edge of `mask`, `top` inside."""
    inside = ndimage.gaussian_filter(mask.astype(np.float32), blur) * np.float32(top)
    return np.stack([1 - inside, inside])


def lungs(random: np.random.Generator) -> NDArray[np.bool_]:
    dx, dy, grown = random.normal(0, 1.5, 3)
    return discs((20 + dx, 32 + dy, 9 + grown / 3), (44 + dx, 32 + dy, 9 + grown / 3))


@pytest.fixture(scope="module")
def usual() -> Usual:
    random = np.random.default_rng(0)
    masks = [lungs(random) for _ in range(60)]
    [found] = learn_usual(
        [(sure_of(mask), sure_of(mask)) for mask in masks], np.stack(masks).astype(np.uint8), 1
    )
    return found


def faults(usual: Usual, given: NDArray[np.float32], mirrored: NDArray[np.float32]) -> str:
    return "; ".join(usual.faults(measure(given, mirrored, 1, usual.pieces)))


def test_measures_of_two_rectangles() -> None:
    mask = np.zeros((20, 10), dtype=np.bool_)
    mask[2:6, 1:4] = True  # 12 pixels, 10 of them at the edge
    mask[10:18, 6:9] = True  # 24 pixels, 18 at the edge
    given = np.stack([~mask, mask]).astype(np.float32) * 0.7 + 0.15
    other = given.copy()
    other[:, 10:18] = other[::-1, 10:18]  # the mirror has lost the second
    found = measure(given, other, 1, 2)
    assert found == pytest.approx(
        {
            "area": 36 / 200,
            "specks": 0,
            "balance": 0.5,
            "raggedness": 1 - 2 * 28 / (36 + 28),  # the filter takes the eight corners
            "doubt": 0.15,
            "border": 200 / 28,
            "mirror": 2 * 12 / (36 + 12 + 56),
            "x1": 0.2,
            "y1": 3.5 / 20,
            "x2": 0.7,
            "y2": 13.5 / 20,
        },
        abs=1e-6,
    )
    one = measure(given, given, 1, 1)
    assert one["specks"] == pytest.approx(12 / 36)
    assert (one["x1"], one["y1"]) == pytest.approx((0.7, 13.5 / 20))
    assert measure(given, given, 1, 3)["balance"] == 0
    assert measure(1 - given * 0, given, 1, 2) == {"area": 0.0}


def test_masks_like_those_of_validation_are_good(usual: Usual) -> None:
    assert (usual.pieces, usual.images) == (2, 60)
    random = np.random.default_rng(1)
    given = [sure_of(lungs(random)) for _ in range(60)]
    assert sum(bool(faults(usual, one, one)) for one in given) <= 2


@pytest.mark.parametrize(
    ("mask", "told"),
    [
        ([(20, 32, 9)], "one is missing"),
        ([(20, 32, 9), (44, 32, 4)], "much smaller"),
        ([(20, 32, 9), (44, 32, 9), (32, 8, 3)], "in too many pieces"),
        ([(20, 14, 9), (44, 14, 9)], "too high"),
        ([(20, 32, 14), (46, 32, 14)], "too large"),
        ([], "not found"),
    ],
)
def test_what_is_wrong_is_told(
    usual: Usual, mask: list[tuple[float, float, float]], told: str
) -> None:
    given = sure_of(discs(*mask))
    assert told in faults(usual, given, given)


def test_a_network_that_is_unsure_or_contradicts_itself_is_told(usual: Usual) -> None:
    mask = discs((20, 32, 9), (44, 32, 9))
    given = sure_of(mask)
    assert not faults(usual, given, given)
    assert "unsure of it" in faults(usual, sure_of(mask, top=0.8), given)
    assert "unsure where it ends" in faults(usual, sure_of(mask, blur=2.5), given)
    assert "mirror" in faults(usual, given, sure_of(discs((20, 32, 9))))
    ragged = mask & (np.random.default_rng(0).random(mask.shape) > 0.2)
    assert "outline is ragged" in faults(usual, sure_of(ragged, blur=0.1), given)


def test_a_structure_that_comes_and_goes_may_be_absent_and_in_pieces() -> None:
    random = np.random.default_rng(2)
    masks = [
        discs(*((*random.uniform(5, 59, 2), 3) for _ in range(random.integers(0, 5))))
        for _ in range(60)
    ]
    both = [(sure_of(mask, 0.3), sure_of(mask, 0.3)) for mask in masks]
    [found] = learn_usual(both, np.stack(masks).astype(np.uint8), 1)
    assert found.pieces == 0
    assert found.ranges["area"][0] <= 0
    assert "balance" not in found.ranges
    assert not faults(found, sure_of(discs()), sure_of(discs()))
    assert "too large" in faults(found, sure_of(discs((32, 32, 20))), sure_of(discs((32, 32, 20))))


def test_a_structure_that_was_never_predicted_is_doubted() -> None:
    nothing = sure_of(discs())
    [found] = learn_usual([(nothing, nothing)] * 3, np.zeros((3, SIZE, SIZE), np.uint8), 1)
    assert not faults(found, nothing, nothing)
    assert "too large" in faults(found, *[sure_of(discs((32, 32, 9)))] * 2)


def test_a_card_keeps_it_to_the_last_digit(usual: Usual) -> None:
    kept = Usual(**json.loads(json.dumps(usual.as_dict())))
    assert {name: tuple(limits) for name, limits in kept.ranges.items()} == usual.ranges
