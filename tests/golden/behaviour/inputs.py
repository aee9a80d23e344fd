"""Images, weights and what stands for banks: fixed, and made by formulas."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

CPU = torch.device("cpu")
SIDE = 64
Figures = list[float | str]
"""What a part makes of its inputs: numbers within a tolerance, texts exactly."""


def wave(*shape: int, seed: int = 0) -> Tensor:
    """Numbers between -1 and 1 that a formula gives; they do not repeat and are near no bound."""
    numbers = torch.arange(1, 1 + int(np.prod(shape)), dtype=torch.float64)
    return torch.sin(numbers * (1.7 + seed) + seed).float().reshape(shape)


def pictures(n: int, side: int = SIDE) -> Tensor:
    """Images (n, 1, side, side) in [0, 1]: a bright disc each, at its own place, on a slope."""
    places = (torch.arange(side) + 0.5) / side
    y, x = places.view(1, side, 1), places.view(1, 1, side)
    turns = torch.arange(n, dtype=torch.float32).view(n, 1, 1)
    away = (x - 0.5 - 0.2 * torch.sin(turns)) ** 2 + (y - 0.5 - 0.2 * torch.cos(turns)) ** 2
    return (0.2 + 0.3 * x + 0.4 * torch.sigmoid(40 * (0.06 - away))).unsqueeze(1)


def seen(*tensors: Tensor | NDArray[Any]) -> Figures:
    """Of each tensor its mean, its spread, and a mean in which every place has its own weight."""
    found: Figures = []
    for tensor in tensors:
        values = torch.as_tensor(tensor).detach().double().flatten()
        weights = torch.sin(1.3 * torch.arange(len(values), dtype=torch.float64))
        found += [
            values.mean().item(),
            values.std(correction=0).item(),
            ((values * weights).sum() / len(values) ** 0.5).item(),
        ]
    return found


def by_formula(network: nn.Module) -> None:
    """Give a network weights that a formula makes; maps keep their size from layer to layer."""
    with torch.no_grad():
        for number, parameter in enumerate(network.parameters()):
            if parameter.ndim > 1:
                spread = (2 / parameter[0].numel()) ** 0.5
                parameter.copy_(wave(*parameter.shape, seed=number % 7) * spread)
            else:
                parameter.add_(wave(*parameter.shape, seed=number % 7) * 0.1)


class Stored:
    """Images as a bank gives them."""

    def __init__(self, images: Tensor) -> None:
        self.pixels = (images[:, 0] * 255).byte().numpy()

    def read(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        return self.pixels[rows]


class StoredMasks:
    """Masks of discs as a bank gives them."""

    structures = ("disc",)

    def read(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        return (pictures(6)[:, 0] > 0.5).byte().numpy()[rows]
