"""Devices and precision: which precision pays on this machine is measured, not assumed."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from lightning_fabric import Fabric
from torch.nn import functional

from pleura.models.classifier import Classifier
from pleura.train.phase import Phase, freeze, parameter_groups, set_mode

WORTH = 1.1
ROUNDS = 3


# Fabric announces its precision at every start; the tables tell it.
logging.getLogger("lightning_fabric").setLevel(logging.WARNING)


def make_fabric(accelerator: str, precision: str) -> Fabric:
    """Lightning's Fabric on one device (`cpu`, `cuda`, `mps`) at `fp32` or `bf16`."""
    flag: Literal["32-true", "bf16-mixed"] = "32-true" if precision == "fp32" else "bf16-mixed"
    return Fabric(accelerator=accelerator, devices=1, precision=flag)


@dataclass(frozen=True)
class Speed:
    """Milliseconds an image, for one training step and one prediction."""

    training: float
    prediction: float


def measure(
    model: Classifier, phase: Phase, fabric: Fabric, *, size: int, batch_size: int
) -> Speed:
    """Time training steps and predictions on random images; the median of three after one.

    The model is spent: it has trained on noise.
    """
    freeze(model, phase)
    groups = parameter_groups(model, phase, 1e-4, 0.0)
    wrapped, optimiser = fabric.setup(model, torch.optim.AdamW(groups, fused=True))
    images = torch.rand(batch_size, 1, size, size, device=fabric.device)
    targets = torch.zeros(batch_size, dtype=torch.long, device=fabric.device)

    def train() -> None:
        set_mode(model, phase)
        optimiser.zero_grad()
        fabric.backward(functional.cross_entropy(wrapped(images), targets))
        optimiser.step()

    def predict() -> None:
        model.eval()
        with torch.inference_mode():
            wrapped(images)

    per_image = 1000 / batch_size
    return Speed(_median(train, fabric) * per_image, _median(predict, fabric) * per_image)


def better(fp32: Speed, bf16: Speed) -> str:
    """`bf16` where its training is at least 1.1 times as fast, else `fp32`."""
    return "bf16" if fp32.training > WORTH * bf16.training else "fp32"


def _median(work: Callable[[], None], fabric: Fabric) -> float:
    seconds = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        work()
        if fabric.device.type == "cuda":
            torch.cuda.synchronize(fabric.device)
        seconds.append(time.perf_counter() - start)
    return sorted(seconds[1:])[ROUNDS // 2]
