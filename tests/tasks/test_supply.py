"""Images are the same where they lie on the device as where each batch is copied there."""

from typing import Any

import numpy as np
import pytest
import torch

from pleura.tasks import supply
from pleura.tasks.images import predict
from pleura.tasks.supply import Supply

CPU = torch.device("cpu")


class Stored:
    """Images in memory, which count how often they are read."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.pixels = rng.integers(0, 256, (700, 8, 8), dtype=np.uint8)
        self.reads = 0

    def read(self, rows: Any) -> Any:
        self.reads += 1
        return self.pixels[rows]


@pytest.mark.parametrize("room", [0, 600 * 64 - 1, 600 * 64])
def test_rows_come_in_the_order_asked_on_both_ways(
    room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supply, "room", lambda device: room)
    images = Stored()
    used = np.random.default_rng(1).permutation(700)[:600]
    got = Supply(images, np.concatenate([used, used[:5]]), CPU)
    assert (got.resident is not None) == (room == 600 * 64)
    before = images.reads
    for rows in (used[:7], used[[3, 3, 1]], used[400:410]):
        assert torch.equal(got.on_device(rows), torch.from_numpy(images.pixels[rows]))
        assert np.array_equal(got.read(rows), images.pixels[rows])
    assert images.reads - before == (3 if got.resident is not None else 6)


def test_predictions_are_the_same_on_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    images, rows = Stored(), np.random.default_rng(1).permutation(700)[:600]

    def model(shown: torch.Tensor) -> torch.Tensor:
        return shown.flatten(1).cumsum(dim=1)

    expected = predict(model, images, rows, CPU, at_once=7)
    monkeypatch.setattr(supply, "room", lambda device: 2**20)
    assert np.array_equal(predict(model, Supply(images, rows, CPU), rows, CPU), expected)


def test_nothing_is_read_before_it_is_asked_for_on_a_cpu() -> None:
    images = Stored()
    Supply(images, np.arange(3), CPU)
    assert supply.room(CPU) == 0 and images.reads == 0


def test_a_quarter_of_what_is_free_of_a_gpu_is_for_images(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, told in (("mem_get_info", (700, 1000)), ("memory_reserved", 200)):
        monkeypatch.setattr(torch.cuda, name, lambda device, told=told: told)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 100)
    assert supply.room(torch.device("cuda", 0)) == 200
