"""Views can be replayed and shared, keep range, shape and anatomy, and do what they say."""

import math

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor
from torch.nn import functional

from pleura.data.views import Views, gaussian_blur, sample_views, show
from pleura.train.task import Batch

STILL = dict.fromkeys(("aspect", "flip", "rotation", "brightness", "contrast", "gamma"), 0.0) | {
    "area": 1.0,
    "blur": 0.0,
    "noise": 0.0,
    "untouched": 0.0,
    "probability": 1.0,
}


def images(n: int = 6, height: int = 32, width: int = 32) -> Tensor:
    """Smooth gray images in [0, 1]."""
    coarse = torch.rand(n, 1, 6, 6, generator=torch.Generator().manual_seed(3))
    return functional.interpolate(coarse, (height, width), mode="bilinear", align_corners=False)


def seen(settings: Views, x: Tensor, seed: int = 0) -> Tensor:
    sampled = sample_views(settings, x.shape, torch.Generator().manual_seed(seed))
    return show(x, sampled, Batch(np.arange(len(x)), seed, augmented=True))


def test_the_generator_decides_all() -> None:
    x = images()
    assert torch.equal(seen(Views(), x, 1), seen(Views(), x, 1))
    assert not torch.equal(seen(Views(), x, 1), seen(Views(), x, 2))


def test_nothing_asked_nothing_changed() -> None:
    for x in (images(), images(height=24, width=40)):
        torch.testing.assert_close(seen(Views(**STILL), x), x, rtol=0, atol=1e-5)


def test_range_shape_and_input_are_kept() -> None:
    x = images(height=31, width=45)
    before = x.clone()
    y = seen(Views(brightness=1, contrast=0.9, noise=0.5, probability=1), x)
    assert y.shape == x.shape
    assert y.min() >= 0
    assert y.max() <= 1
    assert torch.equal(x, before)


def test_processes_see_what_one_would() -> None:
    x = images(8)
    sampled = sample_views(Views(blur=0.5, noise=0.1), x.shape, torch.Generator().manual_seed(1))
    whole = show(x, sampled, Batch(np.arange(8), 1, augmented=True))
    for rank in range(2):
        part = Batch(np.arange(8), 1, augmented=True, rank=rank, world=2)
        torch.testing.assert_close(show(part.mine(x), sampled, part), part.mine(whole))


def test_a_certain_flip_mirrors_left_and_right() -> None:
    x = images()
    torch.testing.assert_close(seen(Views(**{**STILL, "flip": 1}), x), x.flip(3), rtol=0, atol=1e-5)


def test_flips_come_as_often_as_asked() -> None:
    x = images(400)
    flipped = seen(Views(**{**STILL, "flip": 0.25}), x)
    share = ((flipped - x).abs().amax(dim=(1, 2, 3)) > 1e-3).float().mean().item()
    assert 0.17 < share < 0.33


@pytest.mark.parametrize(("height", "width"), [(64, 64), (40, 72)])
def test_crops_are_turned_rectangles_inside_the_image(height: int, width: int) -> None:
    """Shown are the pixels' own coordinates, from which the corners of each crop follow."""
    n = 200
    y = ((torch.arange(height) + 0.5) / height).view(-1, 1).expand(height, width)
    x = ((torch.arange(width) + 0.5) / width).expand(height, width)
    settings = Views(**{**STILL, "area": 0.5, "aspect": 0.1, "rotation": 10})
    columns, rows = (seen(settings, c.expand(n, 1, height, width).contiguous()) for c in (x, y))
    assert min(columns.min(), rows.min()) > 0
    across = torch.stack([columns[:, 0, :, -1], rows[:, 0, :, -1]], dim=2)
    across = (across - torch.stack([columns[:, 0, :, 0], rows[:, 0, :, 0]], dim=2)).mean(dim=1)
    down = torch.stack([columns[:, 0, -1], rows[:, 0, -1]], dim=2)
    down = (down - torch.stack([columns[:, 0, 0], rows[:, 0, 0]], dim=2)).mean(dim=1)
    # The outermost centres are one pixel less apart than the crop is wide.
    across = across * width**2 / (width - 1)
    down = down * torch.tensor([width, height]) * height / (height - 1)
    across[:, 1] *= height / width
    assert ((across * down).sum(dim=1) / width / height).abs().max() < 0.02
    angle = torch.atan2(across[:, 1], across[:, 0]).rad2deg()
    assert 7 < angle.abs().max() < 10.5
    area = across.norm(dim=1) * down.norm(dim=1) / width / height
    assert 0.4 < area.min() < 0.56
    assert 0.85 < area.max() < 1.01
    aspect = across.norm(dim=1) / down.norm(dim=1) / (width / height)
    assert 0.88 < aspect.min() < 0.93
    assert 1.07 < aspect.max() < 1.13


def test_each_image_has_its_own_blur() -> None:
    x = torch.rand(6, 1, 40, 40, generator=torch.Generator().manual_seed(4))
    sigma = torch.tensor([0.1, 0.5, 1.0, 1.5, 2.0, 2.5])
    found = gaussian_blur(x, sigma, radius=10)
    expected = [
        gaussian_filter(image[0].numpy(), width, mode="nearest", radius=10)
        for image, width in zip(x, sigma.tolist(), strict=True)
    ]
    for image, reference in zip(found, expected, strict=True):
        torch.testing.assert_close(image[0], torch.from_numpy(reference), rtol=0, atol=1e-5)


def test_some_are_blurred_and_none_wider_than_asked() -> None:
    x = torch.zeros(300, 1, 41, 41)
    x[:, :, 20, 20] = 1
    y = seen(Views(**{**STILL, "blur": 0.3}, sigma=0.05), x)
    assert 0.2 < (y[:, 0, 20, 20] < 0.999).float().mean() < 0.4
    distance = (torch.arange(41) - 20.0).square()
    spread = ((y * distance).sum(dim=(1, 2, 3)) / y.sum(dim=(1, 2, 3))).sqrt()
    assert 1.7 < spread.max() < 2.06


def test_gray_values_vary_as_far_as_asked() -> None:
    flat = torch.full((400, 1, 8, 8), 0.5)
    offsets = seen(Views(**{**STILL, "brightness": 0.15}), flat)[:, 0, 0, 0] - 0.5
    assert -0.151 < offsets.min() < -0.14
    assert 0.14 < offsets.max() < 0.151
    exponents = seen(Views(**{**STILL, "gamma": 0.3}), flat)[:, 0, 0, 0].log() / math.log(0.5)
    assert exponents.min().item() == pytest.approx(0.7, abs=0.01)
    assert exponents.max().item() == pytest.approx(1 / 0.7, abs=0.02)
    x = images(400) * 0.2 + 0.4
    y = seen(Views(**{**STILL, "contrast": 0.3}), x)
    gains = y.std(dim=(1, 2, 3)) / x.std(dim=(1, 2, 3))
    assert gains.min().item() == pytest.approx(0.7, abs=0.01)
    assert gains.max().item() == pytest.approx(1 / 0.7, abs=0.02)
    torch.testing.assert_close(y.mean(dim=(1, 2, 3)), x.mean(dim=(1, 2, 3)))


def test_noise_is_as_strong_as_asked_at_most() -> None:
    x = torch.full((300, 1, 64, 64), 0.5)
    strengths = (seen(Views(**{**STILL, "noise": 0.05}), x) - x).flatten(1).std(1)
    assert 0.047 < strengths.max() < 0.053
    assert strengths.mean().item() == pytest.approx(0.025, rel=0.2)


def test_a_share_of_the_views_is_the_image_itself() -> None:
    x = images(600)
    own = (seen(Views(untouched=0.25, blur=1), x) == x).flatten(1).all(dim=1)
    assert 0.19 < own.float().mean() < 0.31


@pytest.mark.parametrize("change", ["brightness", "contrast", "gamma", "noise"])
def test_gray_values_change_as_often_as_asked(change: str) -> None:
    x = images(600) * 0.8 + 0.1
    asked = Views(**{**STILL, change: 0.3, "probability": {change: 0.3}})
    same = (seen(asked, x) - seen(Views(**STILL), x)).abs().flatten(1).amax(dim=1) < 1e-6
    assert 0.64 < same.float().mean() < 0.76
