"""Cutout hides a square of the size asked, as often as asked, behind the mean of the image."""

import pytest
import torch
from torch import Tensor

from pleura.data.augment_settings import Cutout
from pleura.data.cutout import hide, sample_holes
from tests.train.waits import waits


def images(n: int = 200, size: int = 32) -> Tensor:
    return torch.rand(n, 1, size, size, generator=torch.Generator().manual_seed(3))


def holes(settings: Cutout, x: Tensor, touched: Tensor | None = None, seed: int = 0) -> Tensor:
    given = torch.ones(len(x), dtype=torch.bool) if touched is None else touched
    return sample_holes(settings, given, x, torch.Generator().manual_seed(seed))


def test_the_generator_decides_all() -> None:
    x = images()
    assert torch.equal(holes(Cutout(), x, seed=1), holes(Cutout(), x, seed=1))
    assert not torch.equal(holes(Cutout(), x, seed=1), holes(Cutout(), x, seed=2))


@pytest.mark.parametrize(("side", "pixels"), [(0.25, 8), (0.5, 16), (0.75, 24)])
def test_a_hole_is_a_square_of_the_side_asked(side: float, pixels: int) -> None:
    hidden = holes(Cutout(side=side, probability=1), images())
    rows, columns = hidden.any(dim=3).sum(dim=2), hidden.any(dim=2).sum(dim=2)
    # All of it is one rectangle; what lies outside of the image is cut off.
    assert torch.equal(hidden.sum(dim=(2, 3)), rows * columns)
    assert rows.max() <= pixels + 1
    assert ((rows >= pixels - 1) & (columns >= pixels - 1)).any()


def test_each_place_is_hidden_now_and_then() -> None:
    share = holes(Cutout(probability=1), images(3000)).float().mean(dim=0)
    assert share.min() > 0.005  # a corner is within a quarter of a side, twice
    assert share[:, 8:24, 8:24].mean() == pytest.approx(1 / 16, abs=0.01)


def test_it_happens_as_often_as_asked_and_never_to_what_is_untouched() -> None:
    touched = torch.arange(400) % 5 > 0
    hidden = holes(Cutout(side=0.5, probability=0.3), images(400), touched).flatten(1).any(dim=1)
    assert not hidden[~touched].any()
    assert 0.22 < hidden[touched].float().mean() < 0.38


def test_what_is_hidden_has_the_mean_of_its_image_and_the_rest_is_as_it_was() -> None:
    x = images(20)
    hidden = holes(Cutout(), x)
    seen = hide(x, hidden)
    means = x.mean(dim=(1, 2, 3), keepdim=True).expand_as(x)
    assert torch.equal(seen[hidden], means[hidden])
    assert torch.equal(seen[~hidden], x[~hidden])


def test_no_host_waits_for_it() -> None:
    x, touched = images(6), torch.ones(6, dtype=torch.bool)
    generator = torch.Generator().manual_seed(0)
    with waits() as seen:
        hide(x, sample_holes(Cutout(), touched, x, generator))
    assert seen == {}
