"""Speeds are measured within a budget; the faster precision is chosen only where it pays."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn

from pleura._fabric import Fabric
from pleura.models.network import Network
from pleura.train.phase import Phase
from pleura.train.speed import Speed, better, measure
from pleura.transfer.strategy import all_parts

from .fixtures import small_classifier


@pytest.fixture
def fabric() -> Fabric:
    return Fabric(accelerator="cpu", devices=1)


class Waiting(Network):
    """A linear layer that takes a time of its own for each image, and counts its passes.

    CPU time is spent, not slept: the budget is one of CPU time.
    """

    def __init__(self, milliseconds: float) -> None:
        super().__init__()
        self.milliseconds = milliseconds
        self.layer = nn.Linear(1, 2)
        self.batches: list[int] = []

    def parts(self) -> Iterator[tuple[str, nn.Module]]:
        yield "layer", self.layer

    def forward(self, images: torch.Tensor) -> Any:
        self.batches.append(len(images))
        end = time.process_time() + self.milliseconds * len(images) / 1000
        while time.process_time() < end:
            pass
        return self.layer(images.mean(dim=(1, 2, 3)).unsqueeze(1))


PHASE = Phase("all", frozenset({"layer"}))


def test_bf16_must_be_a_twentieth_faster() -> None:
    assert better(Speed(10.0, 1.0), Speed(9.0, 1.0)) == "bf16"
    assert better(Speed(10.0, 1.0), Speed(9.8, 1.0)) == "fp32"
    assert better(Speed(10.0, 1.0), Speed(20.0, 1.0)) == "fp32"
    assert better(Speed(10.0, 1.0), None) == "fp32"


def test_training_takes_longer_than_prediction(fabric: Fabric) -> None:
    model = small_classifier(backbone="squeezenet1_0")
    candidates = [(model, fabric), (small_classifier(backbone="squeezenet1_0"), fabric)]
    speeds = measure(candidates, Phase("all", all_parts(model)), size=64, batch_size=8)
    assert len(speeds) == 2
    for speed in speeds:
        assert speed is not None
        assert speed.training > speed.prediction > 0


def test_a_quick_network_is_measured_on_whole_batches(fabric: Fabric) -> None:
    model = Waiting(0.1)
    (speed,) = measure([(model, fabric)], PHASE, size=8, batch_size=16)
    assert speed is not None
    assert speed.training >= 0.1
    # Two rounds of one image, one of a batch that does not count, five that do; training and
    # prediction in each.
    assert model.batches == [1] * 4 + [16] * 12


def test_a_slow_network_stays_within_the_budget(fabric: Fabric) -> None:
    """A batch would take 2 s of CPU time; the budget is half a second."""
    model = Waiting(20)
    start = time.process_time()
    (speed,) = measure([(model, fabric)], PHASE, size=8, batch_size=100, budget=0.5)
    assert time.process_time() - start < 1
    assert speed is not None
    assert speed.training >= 20
    assert max(model.batches) < 20


class Stalled(Waiting):
    """Sleeps in one pass, as where a machine is busy with something else."""

    def __init__(self, at: int) -> None:
        super().__init__(1)
        self.at = at

    def forward(self, images: torch.Tensor) -> Any:
        if len(self.batches) == self.at:
            time.sleep(0.5)
        return super().forward(images)


@pytest.mark.parametrize("at", [0, 1, 2, 5, 6])
@pytest.mark.parametrize("budget", [0.001, 3.5])
def test_a_machine_that_stalls_does_not_decide(at: int, budget: float, fabric: Fabric) -> None:
    """Not even where there is time for one look only."""
    (speed,) = measure([(Stalled(at), fabric)], PHASE, size=8, batch_size=2, budget=budget)
    assert speed is not None
    assert 1 <= speed.training < 100
    assert 1 <= speed.prediction < 100


def test_where_one_image_is_too_much_for_the_budget_it_is_looked_at_once(fabric: Fabric) -> None:
    model = Waiting(50)
    (speed,) = measure([(model, fabric)], PHASE, size=8, batch_size=100, budget=0.01)
    assert speed is not None
    assert model.batches == [1] * 2


class Cold(Waiting):
    """Computes for 300 ms in its first pass, as where libraries prepare themselves."""

    def forward(self, images: torch.Tensor) -> Any:
        start = time.process_time()
        while not self.batches and time.process_time() - start < 0.3:
            pass
        return super().forward(images)


def test_what_the_first_look_alone_costs_is_not_told(fabric: Fabric) -> None:
    """It took more than half of the budget, and so would leave no time for a batch."""
    model = Cold(1)
    (speed,) = measure([(model, fabric)], PHASE, size=8, batch_size=100, budget=0.5)
    assert speed is not None
    assert speed.training < 100
    assert model.batches == [1] * 4


def test_where_batchnorm_needs_two_images_it_gets_them(fabric: Fabric) -> None:
    """At 32 pixels the last map of ResNet-18 is one pixel."""
    model = small_classifier(backbone="resnet18")
    (speed,) = measure([(model, fabric)], Phase("all", all_parts(model)), size=32, batch_size=2)
    assert speed is not None
    assert speed.training > 0


def test_a_candidate_is_given_up_at_its_first_slow_step(fabric: Fabric) -> None:
    quick, slow = Waiting(1), Waiting(100)
    speeds = measure([(quick, fabric), (slow, fabric)], PHASE, size=8, batch_size=4)
    assert speeds[0] is not None
    assert speeds[1] is None
    assert slow.batches == [1]
