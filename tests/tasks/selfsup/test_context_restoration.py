"""Patches change places in pairs and whole; the contracts are kept."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from pleura.data.views import Views
from pleura.errors import InputError
from pleura.tasks.selfsup.cells import rearranged
from pleura.tasks.selfsup.listed import make_method
from pleura.tasks.selfsup.methods.context_restoration import swapped
from tests.tasks.selfsup.contract import chests, small_backbone
from tests.tasks.selfsup.restoring import RestoringContract


class TestContextRestoration(RestoringContract):
    spec = "context_restoration"


def test_places_change_in_pairs() -> None:
    chance = torch.rand(50, 30, generator=torch.Generator().manual_seed(0))
    places = swapped(chance, pairs=6)
    assert torch.equal(places.gather(1, places), torch.arange(30).expand(50, 30))
    assert ((places != torch.arange(30)).sum(dim=1) == 12).all()
    assert not torch.equal(places[0], places[1])


def test_cells_move_whole_and_the_rest_stays() -> None:
    images = chests(2, 45)
    seen: list[Tensor] = []

    def backwards(cells: Tensor) -> Tensor:
        seen.append(cells)
        return cells.flip(2)

    found = rearranged(images, 10, torch.Generator().manual_seed(4), backwards)
    moved = (found != images).any(dim=0).squeeze().nonzero()
    top, left = moved.amin(dim=0).tolist()
    height, width = ((45 - start) // 10 * 10 for start in (top, left))
    region = images[:, :, top : top + height, left : left + width]
    expected = images.clone()
    expected[:, :, top : top + height, left : left + width] = functional.fold(
        functional.unfold(region, 10, stride=10).flip(2), (height, width), 10, stride=10
    )
    assert torch.equal(found, expected)
    assert seen[0].shape == (2, 100, height * width // 100)


def test_patches_of_one_pixel_are_refused() -> None:
    method = make_method({"context_restoration": {"patch": 0.02}})
    with pytest.raises(InputError, match=r"set `patch` to at least 0\.042"):
        method.build(small_backbone(), Views(), size=48, images=32, seed=0)
