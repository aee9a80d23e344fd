"""Tiles go where the order says, orders are far apart, and the contract is kept."""

from typing import ClassVar

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist
from torch import Tensor

from pleura.tasks.selfsup.methods.jigsaw import far_apart, shuffled
from tests.tasks.selfsup.contract import MethodContract, chests


class TestJigsaw(MethodContract):
    # Of 30 orders the small backbone learns little in 40 steps.
    spec: ClassVar = {"jigsaw": {"orders": 4}}


def middles(n: int) -> Tensor:
    """Each tile in its middle."""
    return torch.zeros(n, 9, 2)


def test_whole_tiles_in_the_right_order_are_the_image() -> None:
    for size in (48, 50):
        images = chests(3, size)
        found = shuffled(images, torch.arange(9).expand(3, 9), 1.0, middles(3))
        torch.testing.assert_close(found, images, rtol=0, atol=1e-4)


def test_each_tile_goes_where_its_order_says() -> None:
    images = chests(6)
    orders = far_apart(6, seed=2)
    found = shuffled(images, orders, 1.0, middles(6))

    def tile(image: Tensor, place: int) -> Tensor:
        y, x = 16 * (place // 3), 16 * (place % 3)
        return image[0, y : y + 16, x : x + 16]

    for image, result, order in zip(images, found, orders.tolist(), strict=True):
        for place, comes in enumerate(order):
            torch.testing.assert_close(tile(result, place), tile(image, comes), rtol=0, atol=1e-4)


@pytest.mark.parametrize(("corner", "first", "last"), [(-1.0, 0.0, 0.8), (1.0, 0.2, 1.0)])
def test_a_tile_is_a_part_of_its_third(corner: float, first: float, last: float) -> None:
    """Shown are the pixels' own columns, in thirds of the width."""
    column = ((torch.arange(90) + 0.5) / 30).expand(1, 1, 90, 90)
    shift = torch.full((1, 9, 2), corner)
    found = shuffled(column, torch.arange(9).unsqueeze(0), 0.8, shift)[0, 0, :, 30:60]
    half = 0.8 / 60  # of a pixel of the tile
    torch.testing.assert_close(found[:, 0], torch.full((90,), 1 + first + half))
    torch.testing.assert_close(found[:, -1], torch.full((90,), 1 + last - half))


def test_orders_are_far_apart_and_follow_from_the_seed() -> None:
    orders = far_apart(30, seed=1)
    assert torch.equal(orders, far_apart(30, seed=1))
    assert not torch.equal(orders, far_apart(30, seed=2))
    assert orders[0].tolist() == list(range(9))
    assert torch.equal(orders.sort(dim=1).values, torch.arange(9).expand(30, 9))
    # Random orders would have a pair that differs in 4 or 5 places.
    random = np.random.default_rng(0).permuted(np.tile(np.arange(9), (30, 1)), axis=1)
    assert pdist(random, "hamming").min() * 9 < 5.5
    assert pdist(orders.numpy(), "hamming").min() * 9 > 6.5
