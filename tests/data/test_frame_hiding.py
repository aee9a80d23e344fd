"""Frames that are hidden or exchanged: what changes and what never does."""

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from pleura.data.frame_hiding import hide_frames, partners, sample_frames
from pleura.data.shortcut_settings import HideFrame

SIDE, FILL = 40, 0.25


def drawn(settings: HideFrame, n: int = 200, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Images that are each of one gray value of its own, and what becomes of them."""
    images = ((torch.arange(n) + 1) / (n + 1)).view(n, 1, 1, 1).expand(n, 1, SIDE, SIDE).clone()
    frames = sample_frames(settings, images.shape, torch.Generator().manual_seed(seed))
    return images, hide_frames(images, frames, torch.full((SIDE, SIDE), FILL))


def test_a_share_stays_as_it_is_bit_for_bit() -> None:
    images, shown = drawn(HideFrame(untouched=0.3), n=2000)
    same = (shown == images).all(dim=(1, 2, 3)).float().mean().item()
    assert same == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("swapped", [0.0, 1.0])
def test_the_middle_stays_and_the_frame_is_hidden_or_another_images(swapped: float) -> None:
    settings = HideFrame(untouched=0.05, swapped=swapped, narrowest=0.1, widest=0.2)
    images, shown = drawn(settings)
    inner = slice(8, -8)  # a fifth of the side
    assert torch.equal(shown[:, :, inner, inner], images[:, :, inner, inner])
    changed = (shown != images).any(dim=(1, 2, 3))
    corners = shown[changed][:, 0, [0, 0, -1, -1, 3], [0, -1, 0, -1, 20]]  # below a tenth
    assert torch.equal(corners, corners[:, :1].expand(-1, 5))
    if swapped:
        assert torch.isin(corners[:, 0], images[:, 0, 0, 0]).all()
        assert (corners[:, 0] != images[changed, 0, 0, 0]).all()
    else:
        assert (corners == FILL).all()


def test_each_edge_has_a_width_of_its_own() -> None:
    _, shown = drawn(HideFrame(untouched=0.05, swapped=0.0))
    hidden = (shown[:, 0] == FILL)[:, SIDE // 2]  # a row in the middle
    left, right = hidden[:, : SIDE // 2].sum(dim=1), hidden[:, SIDE // 2 :].sum(dim=1)
    touched = left > 0
    assert (left != right)[touched].float().mean() > 0.5
    assert set(left[touched].tolist()) <= {4, 5, 6, 7, 8}


def test_what_is_drawn_follows_from_the_generator_alone() -> None:
    once, again, other = (drawn(HideFrame(), seed=seed)[1] for seed in (1, 1, 2))
    assert torch.equal(once, again)
    assert not torch.equal(once, other)


@pytest.mark.parametrize("n", [2, 3, 64])
def test_every_image_lends_its_frame_once_and_none_to_itself(n: int) -> None:
    partner = partners(n, torch.Generator().manual_seed(n))
    assert sorted(partner.tolist()) == list(range(n))
    assert (partner != torch.arange(n)).all()


def test_some_images_always_stay() -> None:
    with pytest.raises(ValidationError, match="greater than or equal"):
        HideFrame(untouched=0.0)
    with pytest.raises(ValidationError, match="narrowest must not be above widest"):
        HideFrame(narrowest=0.3)
