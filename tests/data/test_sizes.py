"""Images grow in equal stages, and some batches have the full size from the start."""

import pytest
import torch

from pleura.data.sizes import full_from, resized, resized_masks, side_at
from tests.train.waits import waits


def test_each_size_has_as_many_steps_and_the_full_one_comes_last() -> None:
    drawn = [side_at((32, 48), 64, step / 3000, step) for step in range(3000)]
    for stage, side in enumerate((32, 48, 64)):
        of_stage = drawn[1000 * stage : 1000 * (stage + 1)]
        assert set(of_stage) == {side, 64}
        if side < 64:
            assert 0.16 < of_stage.count(64) / 1000 < 0.24
    assert full_from((32, 48)) == pytest.approx(2 / 3)
    assert set(drawn[2000:]) == {64}


def test_the_seed_of_the_batch_decides_and_nothing_else() -> None:
    assert [side_at((32,), 64, 0.1, seed) for seed in range(50)] == [
        side_at((32,), 64, 0.1, seed) for seed in range(50)
    ]
    assert {side_at((32,), 64, 0.1, seed) for seed in range(50)} == {32, 64}


def test_without_sizes_all_have_the_full_one_from_the_start() -> None:
    assert side_at((), 64, 0.0, 3) == 64
    assert full_from(()) == 0


def test_images_keep_their_mean_and_masks_their_values() -> None:
    x = torch.rand(2, 1, 48, 48, generator=torch.Generator().manual_seed(0))
    assert resized(x, 48) is x
    smaller = resized(x, 32)
    assert smaller.shape == (2, 1, 32, 32)
    assert smaller.mean().item() == pytest.approx(x.mean().item(), abs=0.01)
    masks = torch.zeros(2, 48, 48, dtype=torch.uint8)
    masks[:, :24], masks[:, 40:] = 2, 255
    assert resized_masks(masks, 48) is masks
    small = resized_masks(masks, 32)
    assert small.dtype == torch.uint8
    assert small.shape == (2, 32, 32)
    assert set(small.flatten().tolist()) == {0, 2, 255}
    assert (small[:, :16] == 2).all()


def test_no_host_waits_for_it() -> None:
    x, masks = torch.rand(2, 1, 48, 48), torch.zeros(2, 48, 48, dtype=torch.uint8)
    with waits() as seen:
        resized(x, 32), resized_masks(masks, 32)
    assert seen == {}
