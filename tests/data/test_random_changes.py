"""RandAugment: as many changes as asked, each within its limit, and those of no other patient left
out."""

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance
from torch import Tensor

from pleura.data.augment import Augmentation, Variation, sample, vary, vary_masks
from pleura.data.augment_settings import ONE_BY_ONE, RandAugment
from pleura.data.random_changes import LARGEST, bend, sample_amounts, sharpen
from pleura.train import ahead
from tests.train.waits import waits


def images(n: int = 6, size: int = 32) -> Tensor:
    return torch.rand(n, 1, size, size, generator=torch.Generator().manual_seed(3))


def amounts_of(settings: RandAugment, n: int = 600, seed: int = 0) -> dict[str, Tensor]:
    every = torch.ones(n, dtype=torch.bool)
    return sample_amounts(settings, every, torch.Generator().manual_seed(seed))


def drawn(x: Tensor, seed: int = 0, **options: Any) -> Variation:
    settings = Augmentation(rand_augment=RandAugment(**options), flip=0)
    return sample(settings, x.shape, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("changes", [1, 3, len(LARGEST)])
def test_as_many_changes_happen_as_are_asked(changes: int) -> None:
    amounts = amounts_of(RandAugment(changes=changes))
    happened = torch.cat([(value != 0).any(1, keepdim=True) for value in amounts.values()], dim=1)
    assert (happened.sum(dim=1) == changes).all()
    # Each of the list is as likely.
    share = happened.float().mean(dim=0)
    assert (share - changes / len(LARGEST)).abs().max() < 0.07


@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_amounts_are_uniform_up_to_what_the_strength_allows(strength: float) -> None:
    amounts = amounts_of(RandAugment(changes=len(LARGEST), strength=strength))
    assert list(amounts) == list(LARGEST)
    for name, most in LARGEST.items():
        sizes = amounts[name] / (most * strength)
        assert sizes.abs().max() <= 1 + 1e-6
        assert sizes.min() < -0.9 and sizes.max() > 0.9
        assert sizes.mean().abs() < 0.1
    assert amounts["shift"].shape == (600, 2)


def test_a_share_is_untouched_bit_for_bit_and_the_rest_is_not() -> None:
    x = images(400, 12)
    variation = drawn(x, changes=3)
    seen = vary(x, variation)
    same = (seen == x).flatten(1).all(dim=1)
    assert torch.equal(same, ~variation.touched)
    assert 0.14 < same.float().mean() < 0.26
    assert seen.min() >= 0 and seen.max() <= 1


def test_the_generator_decides_all() -> None:
    x = images()
    assert torch.equal(vary(x, drawn(x, seed=1)), vary(x, drawn(x, seed=1)))
    assert not torch.equal(vary(x, drawn(x, seed=1)), vary(x, drawn(x, seed=2)))


def test_masks_move_as_their_images_do() -> None:
    x = (images(8, 24) > 0.5).float()
    variation = drawn(x, changes=2)
    moved = vary_masks(x[:, 0].byte(), variation)
    still = ~variation.moved.view(-1)
    assert still.any() and not still.all()
    assert torch.equal(moved[still], x[still, 0].byte())
    assert (moved[~still] != x[~still, 0].byte()).any()


def test_powers_bend_gray_values_and_leave_black_and_white() -> None:
    x = torch.tensor([0.0, 0.25, 1.0]).view(1, 1, 1, 3).expand(3, 1, 1, 3)
    bent = bend(x, torch.tensor([1.0, -1.0, 0.0]).view(3, 1, 1, 1))
    expected = torch.tensor([[0, 0.0625, 1], [0, 0.5, 1], [0, 0.25, 1]]).view(3, 1, 1, 3)
    torch.testing.assert_close(bent, expected)


def test_sharpness_is_that_of_pillow() -> None:
    pixels = (images(1, 16) * 200).byte()
    for amount in (-0.5, 0.4):
        image = ImageEnhance.Sharpness(Image.fromarray(pixels[0, 0].numpy())).enhance(1 + amount)
        wanted = torch.from_numpy(np.array(image)).float()
        found = sharpen(pixels / 255, torch.full((1, 1, 1, 1), amount)) * 255
        # Pillow rounds the blurred image, and leaves its border as it is.
        apart = (found.clamp(0, 255)[0, 0] - wanted)[1:-1, 1:-1]
        assert apart.abs().max() < 1.5


def test_no_host_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "runs_ahead", lambda device: True)
    x = images()
    vary(x, drawn(x))  # constants are made once
    with waits() as seen:
        vary(x, drawn(x))
    assert seen == {}


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_it_takes_the_place_of_changes_one_by_one(name: str) -> None:
    for other in ({name: 0}, {"probability": {name: 0.1}}):
        with pytest.raises(ValueError, match=f"{name}: rand_augment takes its place"):
            Augmentation.model_validate({"rand_augment": {}, **other})
    # Noise and flip are none of them, and a resolved file names all defaults.
    given = Augmentation.model_validate({"rand_augment": {}, "noise": 0.1, "flip": 0})
    assert Augmentation.model_validate(given.model_dump()) == given


def test_none_untouched_is_refused() -> None:
    with pytest.raises(ValueError, match="rand_augment changes every image"):
        Augmentation.model_validate({"untouched": 0, "rand_augment": {}})
