"""Curves are Bezier curves, shuffling keeps pixels, windows lie inside; the contracts are kept."""

from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from pleura.tasks.selfsup.listed import make_method
from pleura.tasks.selfsup.methods.models_genesis import INNER, bent, windows
from pleura.tasks.selfsup.methods.restoring_method import RestoringMethod
from tests.tasks.selfsup.contract import batch_of, chests
from tests.tasks.selfsup.restoring import RestoringContract

NONE = {"bending": 0, "shuffling": 0, "painting": 0}


class TestModelsGenesis(RestoringContract):
    # To undo curves takes the small backbone more than 40 steps.
    spec: ClassVar = {"models_genesis": {"bending": 0}}


def spoilt(images: Tensor, **options: Any) -> Tensor:
    method = make_method({"models_genesis": NONE | options})
    assert isinstance(method, RestoringMethod)
    return method.spoil(images, batch_of(len(images), 1))


def test_nothing_asked_nothing_changed() -> None:
    images = chests(8)
    assert torch.equal(spoilt(images), images)


def test_gray_values_follow_the_curve() -> None:
    ramp = torch.linspace(0, 1, 256).view(1, 1, 16, 16).expand(3, 1, 16, 16)
    curves = torch.rand(3, 5, generator=torch.Generator().manual_seed(2))
    curves[:, 4] = torch.tensor([0.9, 0.9, 0.1])
    t = np.linspace(0, 1, 20001)
    for image, (x1, y1, x2, y2, rising) in zip(bent(ramp, curves), curves.tolist(), strict=True):
        x, y = (
            3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t**2 * b + t**3
            for a, b in ((x1, x2), (y1, y2))
        )
        expected = np.interp(np.linspace(0, 1, 256), x, y if rising > 0.5 else 1 - y)
        np.testing.assert_allclose(image.flatten().numpy(), expected, atol=0.01)


def test_shuffled_pixels_stay_near_and_none_is_lost() -> None:
    """Shown are the pixels' own columns, so that it can be told how far each has come."""
    column = torch.arange(64.0).expand(20, 1, 64, 64) / 64
    found = spoilt(column.contiguous(), shuffling=1)
    assert torch.equal(found.flatten(1).sort().values, column.flatten(1).sort().values)
    assert (found - column).abs().max() <= 3 / 64
    assert (found != column).float().mean() > 0.5


def test_windows_have_the_sides_asked_and_lie_inside() -> None:
    chances = torch.rand(200, 1, 4, generator=torch.Generator().manual_seed(0))
    masks = windows(chances, [60, 90], INNER)
    assert masks.shape == (200, 1, 60, 90)
    heights, widths = (masks.any(dim=axis).sum(dim=(1, 2)) for axis in (3, 2))
    assert torch.equal(masks.sum(dim=(1, 2, 3)), heights * widths)
    assert 9 <= heights.min() < 12 < 18 < heights.max() <= 21
    assert 14 <= widths.min() < 17 < 28 < widths.max() <= 31


def test_inside_little_is_painted_and_outside_most() -> None:
    images = chests(64)
    shares = [
        (spoilt(images, painting=1, inner=inner) != images).float().mean(dim=(1, 2, 3))
        for inner in (1, 0)
    ]
    assert 0.1 < shares[0].mean() < 0.4
    assert shares[0].max() < 0.56
    assert 0.2 < shares[1].mean() < 0.6
    middle = [
        spoilt(images, painting=1, inner=i)[:, :, 24, 24] == images[:, :, 24, 24] for i in (1, 0)
    ]
    assert middle[1].float().mean() > middle[0].float().mean()
