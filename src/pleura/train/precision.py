"""Devices and precision: which precision pays on this machine is measured, not assumed."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

import torch
from lightning_fabric import Fabric
from torch.nn import functional

from pleura.models.network import Network
from pleura.train.phase import Phase, freeze, parameter_groups, set_mode

WORTH = 1.05
ROUNDS = 5


# Fabric announces its precision at every start; the tables tell it.
logging.getLogger("lightning_fabric").setLevel(logging.WARNING)


def make_fabric(accelerator: str, precision: str, *, devices: int = 1, nodes: int = 1) -> Fabric:
    """Lightning's Fabric (`cpu`, `cuda`, `mps`) at `fp32` or `bf16`.

    With several `devices` on each of `nodes` machines it is for the processes of torchrun, and to
    be launched.
    """
    flag: Literal["32-true", "bf16-mixed"] = "32-true" if precision == "fp32" else "bf16-mixed"
    if devices * nodes == 1:
        return Fabric(accelerator=accelerator, devices=1, precision=flag)
    return Fabric(
        accelerator=accelerator, strategy="ddp", devices=devices, num_nodes=nodes, precision=flag
    )


@dataclass(frozen=True)
class Speed:
    """Milliseconds an image, for one training step and one prediction."""

    training: float
    prediction: float


def measure(
    candidates: Sequence[tuple[Network, Fabric]], phase: Phase, *, size: int, batch_size: int
) -> list[Speed]:
    """Time training steps and predictions of each candidate on random images, in turn.

    In turn, because a machine's speed drifts; the median of five rounds after one is told. The
    models are spent: they have trained on noise.
    """
    trained: list[list[float]] = [[] for _ in candidates]
    predicted: list[list[float]] = [[] for _ in candidates]
    works = [_works(model, fabric, phase, size, batch_size) for model, fabric in candidates]
    for round_ in range(ROUNDS + 1):
        for i, (train, predict) in enumerate(works):
            seconds = _seconds(train), _seconds(predict)
            if round_ > 0:
                trained[i].append(seconds[0])
                predicted[i].append(seconds[1])
    per_image = 1000 / batch_size
    return [
        Speed(median(training) * per_image, median(prediction) * per_image)
        for training, prediction in zip(trained, predicted, strict=True)
    ]


def better(fp32: Speed, bf16: Speed) -> str:
    """`bf16` where its training is at least 1.05 times as fast, else `fp32`."""
    return "bf16" if fp32.training > WORTH * bf16.training else "fp32"


def _works(
    model: Network, fabric: Fabric, phase: Phase, size: int, batch_size: int
) -> tuple[Callable[[], None], Callable[[], None]]:
    freeze(model, phase)
    groups = parameter_groups(model, phase, 1e-4, 0.0)
    wrapped, optimiser = fabric.setup(model, torch.optim.AdamW(groups, fused=True))
    images = torch.rand(batch_size, 1, size, size, device=fabric.device)

    def train() -> None:
        set_mode(model, phase)
        optimiser.zero_grad()
        outputs = wrapped(images)
        targets = outputs.argmax(dim=1)  # a class an image, or one a pixel
        fabric.backward(functional.cross_entropy(outputs, targets))
        optimiser.step()

    def predict() -> None:
        model.eval()
        with torch.inference_mode():
            wrapped(images)

    return train, predict


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start
