"""Augmentations can be replayed, keep range and shape, and do what they say."""

import pytest
import torch
from pydantic import ValidationError

from pleura.data.augment import Augmentation, sample, to_float, vary, vary_masks
from pleura.train import ahead

ALWAYS = {"untouched": 0, "probability": 1}
STILL = ALWAYS | dict.fromkeys(("rotation", "shift", "scale", "brightness", "contrast"), 0)
CHANGES = {"rotation": 20, "shift": 0.2, "scale": 0.2, "brightness": 0.2, "contrast": 0.5}


def images(n: int = 6, size: int = 32) -> torch.Tensor:
    return torch.rand(n, 1, size, size, generator=torch.Generator().manual_seed(3))


def varied(settings: Augmentation, x: torch.Tensor, seed: int = 0) -> torch.Tensor:
    return vary(x, sample(settings, x.shape, torch.Generator().manual_seed(seed)))


def test_the_generator_decides_all() -> None:
    x = images()
    settings = Augmentation()
    torch.testing.assert_close(varied(settings, x, 1), varied(settings, x, 1), rtol=0, atol=0)
    assert not torch.equal(varied(settings, x, 1), varied(settings, x, 2))


def test_nothing_asked_nothing_changed() -> None:
    x = images()
    torch.testing.assert_close(varied(Augmentation(flip=0, **STILL), x), x, rtol=0, atol=1e-5)


def changed(settings: Augmentation, x: torch.Tensor, seed: int = 0) -> torch.Tensor:
    """Which images (n,) are not what they were, bit for bit."""
    return (varied(settings, x, seed) != x).flatten(1).any(dim=1)


def test_a_share_of_the_images_is_untouched_bit_for_bit() -> None:
    x = images(600, 12)
    always = Augmentation(untouched=0.2, flip=1, noise=0.1, probability=1)
    assert 0.75 < changed(always, x).float().mean() < 0.85
    assert not changed(Augmentation(untouched=1, flip=1, noise=0.5, probability=1), x).any()
    # By default, too, a fair share of what training shows is what is judged.
    assert 0.6 < changed(Augmentation(), x).float().mean() < 0.85


@pytest.mark.parametrize(("change", "most"), [*CHANGES.items(), ("noise", 0.1)])
def test_each_change_happens_as_often_as_asked(change: str, most: float) -> None:
    x = images(600, 12)
    settings = Augmentation(flip=0, **{**STILL, change: most, "probability": {change: 0.3}})
    assert 0.24 < changed(settings, x).float().mean() < 0.36


def test_what_is_not_moved_is_not_resampled() -> None:
    """A change of exposure leaves an image as sharp as it is judged."""
    x = images()
    exposed = varied(Augmentation(flip=0, **{**STILL, "brightness": 0.01}), x * 0.9 + 0.05)
    offsets = exposed - (x * 0.9 + 0.05)
    assert offsets.flatten(1).std(dim=1).max() < 1e-6


def test_noise_is_off_unless_asked_for() -> None:
    assert Augmentation().noise == 0
    assert sample(Augmentation(), images().shape, torch.Generator().manual_seed(0)).noise is None


def test_studies_that_name_amounts_alone_still_run() -> None:
    old = {"flip": 0.5, "rotation": 10, "shift": 0.05, "scale": 0.1, "brightness": 0.1}
    settings = Augmentation.model_validate({**old, "contrast": 0.2, "noise": 0.02})
    assert settings.noise == 0.02
    assert settings.probability == Augmentation().probability
    assert settings.untouched == Augmentation().untouched
    assert varied(settings, images()).shape == images().shape


def test_one_number_is_the_probability_of_every_change() -> None:
    given = Augmentation.model_validate({"probability": 0.25}).probability.model_dump()
    assert set(given.values()) == {0.25}
    assert set(given) == {*CHANGES, "noise"}
    with pytest.raises(ValidationError):
        Augmentation.model_validate({"probability": 1.5})
    with pytest.raises(ValidationError):
        Augmentation.model_validate({"probability": {"rotations": 0.5}})


def test_a_certain_flip_mirrors_left_and_right() -> None:
    x = images()
    flipped = varied(Augmentation(flip=1, **STILL), x)
    assert torch.equal(flipped, x.flip(3))


def test_flips_come_as_often_as_asked() -> None:
    x = images(400, 8)
    flipped = varied(Augmentation(flip=0.25, **STILL), x)
    share = ((flipped - x).abs().amax(dim=(1, 2, 3)) > 1e-3).float().mean().item()
    assert 0.17 < share < 0.33


def test_range_shape_and_input_are_kept() -> None:
    x = images()
    before = x.clone()
    y = varied(Augmentation(brightness=1, contrast=0.9, noise=0.5, probability=1), x)
    assert y.shape == x.shape
    assert y.min() >= 0
    assert y.max() <= 1
    assert torch.equal(x, before)


def test_a_shift_moves_by_at_most_its_share_of_the_width() -> None:
    x = torch.zeros(200, 1, 40, 40)
    x[:, :, 20, 20] = 1
    y = varied(Augmentation(flip=0, **{**STILL, "shift": 0.1}), x)
    mass = y.sum(dim=(1, 2, 3))
    columns = (y.sum(dim=(1, 2)) * torch.arange(40)).sum(dim=1) / mass
    assert (columns - 20).abs().max() <= 4.01
    assert (columns - 20).abs().max() > 2


def test_noise_is_as_strong_as_asked_at_most() -> None:
    x = torch.full((300, 1, 64, 64), 0.5)
    strengths = (varied(Augmentation(flip=0, **{**STILL, "noise": 0.05}), x) - x).flatten(1).std(1)
    assert 0.047 < strengths.max() < 0.053
    assert strengths.min() < 0.005
    assert strengths.mean().item() == pytest.approx(0.025, rel=0.2)


def test_bytes_become_numbers_from_0_to_1() -> None:
    x = torch.tensor([[[0, 51], [102, 255]]], dtype=torch.uint8)
    expected = torch.tensor([[[[0.0, 0.2], [0.4, 1.0]]]])
    torch.testing.assert_close(to_float(x), expected)


def test_masks_move_with_their_images_and_keep_their_values() -> None:
    """An image that is its own mask stays so: half its brightness is where the mask ends."""
    patches = torch.randint(0, 3, (40, 6, 6), generator=torch.Generator().manual_seed(1))
    masks = patches.repeat_interleave(16, 1).repeat_interleave(16, 2).to(torch.uint8)
    masks[masks == 2] = 255
    settings = Augmentation(brightness=0, contrast=0, **ALWAYS)
    variation = sample(settings, torch.Size((40, 1, 96, 96)), torch.Generator().manual_seed(2))
    moved = vary_masks(masks, variation)
    images = vary(to_float(masks), variation).squeeze(1) * 255
    assert moved.dtype == torch.uint8
    assert set(moved.flatten().tolist()) == {0, 1, 255}
    assert (moved != masks).float().mean() > 0.3
    assert ((images > 128) != (moved == 255)).float().mean() < 0.003


def test_images_and_masks_vary_the_same_on_a_device_that_runs_ahead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x, settings = images(), Augmentation(**ALWAYS, **CHANGES, noise=0.1)
    masks = (x[:, 0] > 0.5).to(torch.uint8)

    def both() -> tuple[torch.Tensor, torch.Tensor]:
        variation = sample(settings, x.shape, torch.Generator().manual_seed(0))
        return vary(x, variation), vary_masks(masks, variation)

    seen, moved = both()
    monkeypatch.setattr(ahead, "runs_ahead", lambda device: True)
    ahead_seen, ahead_moved = both()
    torch.testing.assert_close(ahead_seen, seen, rtol=0, atol=1e-3)
    assert (ahead_moved == moved).float().mean() > 0.999
