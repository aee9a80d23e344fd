"""Backgrounds that are exchanged: whose are shown where, and what never is."""

import numpy as np
import pytest
import torch
from torch import Tensor

from pleura.data.background_swap import Swaps, sample_swaps, swap_backgrounds

SIDE = 16


def drawn(n: int, untouched: float = 0.3, seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Swaps]:
    """Images whose pixels say which image they are of, twice that in its lungs; lungs, which every
    fourth image has not; what becomes of the images; and what was drawn."""
    random = np.random.default_rng(7)
    lungs = torch.zeros(n, SIDE, SIDE, dtype=torch.bool)
    for image, (top, left) in enumerate(random.integers(1, 6, (n, 2))):
        lungs[image, top : top + 8, left : left + 8] = image % 4 > 0
    own = (1.0 + 2 * torch.arange(n)).view(n, 1, 1).expand(n, SIDE, SIDE)
    images = torch.where(lungs, 2 * own, own).unsqueeze(1)
    known = lungs.any(dim=(1, 2)).numpy()
    swaps = sample_swaps(known, untouched, np.random.default_rng(seed))
    partner, changed = torch.from_numpy(swaps.partner), torch.from_numpy(swaps.changed)
    return images, lungs, swap_backgrounds(images, lungs, partner, changed), swaps


def test_lungs_stay_and_all_else_is_the_background_of_another() -> None:
    images, lungs, shown, swaps = drawn(40)
    assert swaps.changed.any() and not swaps.changed.all()
    for row in range(40):
        other = int(swaps.partner[row])
        if not swaps.changed[row]:
            assert torch.equal(shown[row], images[row])
            continue
        assert torch.equal(shown[row, 0][lungs[row]], images[row, 0][lungs[row]])
        outside = ~(lungs[row] | lungs[other])
        assert torch.equal(shown[row, 0][outside], images[other, 0][outside])
        assert (shown[row, 0][outside] != images[row, 0][outside]).all()


def test_nothing_that_lies_in_the_lungs_of_another_is_shown() -> None:
    """Values in lungs are even, and each image has its own."""
    _, lungs, shown, _ = drawn(40)
    for row in range(40):
        even = shown[row, 0] % 2 == 0
        assert not (even & ~lungs[row]).any()


def test_images_without_lungs_stay_and_lend_nothing() -> None:
    *_, swaps = drawn(40)
    without = np.arange(0, 40, 4)
    assert not swaps.changed[without].any()
    assert not np.isin(swaps.partner[swaps.changed], without).any()


@pytest.mark.parametrize("with_lungs", [0, 1])
def test_a_batch_without_two_images_with_lungs_stays(with_lungs: int) -> None:
    known = np.arange(6) < with_lungs
    assert not sample_swaps(known, 0.05, np.random.default_rng(0)).changed.any()


def test_a_share_stays_and_what_is_drawn_follows_from_the_generator() -> None:
    known = np.ones(4000, dtype=np.bool_)
    swaps = sample_swaps(known, 0.3, np.random.default_rng(1))
    assert swaps.changed.mean() == pytest.approx(0.7, abs=0.03)
    assert sorted(swaps.partner) == list(range(4000))
    again = sample_swaps(known, 0.3, np.random.default_rng(1))
    assert (again.partner == swaps.partner).all() and (again.changed == swaps.changed).all()
