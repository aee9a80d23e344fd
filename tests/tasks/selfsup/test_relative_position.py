"""Pairs of patches lie as their labels say, and the contract is kept."""

import pytest
import torch

from pleura.errors import InputError
from pleura.models.build import build_backbone
from pleura.tasks.selfsup.methods.relative_position import DIRECTIONS, PATCH, patches, sample_pairs
from tests.tasks.selfsup.contract import MethodContract, built


class TestRelativePosition(MethodContract):
    spec = "relative_position"


def test_pairs_lie_in_the_image_apart_and_as_their_labels_say() -> None:
    labels, (first, second) = sample_pairs(2000, torch.Generator().manual_seed(0))
    for centres in (first, second):
        assert centres.min() >= PATCH / 2 - 1e-6
        assert centres.max() <= 1 - PATCH / 2 + 1e-6
    apart = second - first
    # Sides on which patches do not lie beside each other are drawn too little apart to tell.
    signs = torch.where(apart.abs() > PATCH, apart.sign(), 0)
    assert torch.equal(signs, torch.tensor(DIRECTIONS)[labels].float())
    assert labels.bincount().min() > 200
    # Neither patch has a place of its own that would give the side away in every image.
    assert first.std(dim=0).min() > 0.1


def test_a_patch_shows_its_part_of_the_image() -> None:
    x = ((torch.arange(100) + 0.5) / 100).expand(2, 1, 100, 100)
    centres = torch.tensor([[0.3, 0.5], [0.75, 0.25]])
    for image, axis in ((x, 0), (x.transpose(2, 3), 1)):
        found = patches(image, centres)
        assert found.shape == (2, 1, 50, 50)
        torch.testing.assert_close(found.mean(dim=(1, 2, 3)), centres[:, axis])
        extent = found.amax(dim=(1, 2, 3)) - found.amin(dim=(1, 2, 3))
        torch.testing.assert_close(extent, torch.full((2,), PATCH * 49 / 50))


def test_a_backbone_that_takes_no_such_patches_is_refused() -> None:
    loaded = build_backbone("squeezenet1_0", "random")
    with pytest.raises(InputError, match="patches of half the image, here 16 pixels"):
        built("relative_position", loaded, size=32)
