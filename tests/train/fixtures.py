"""A small classifier and a small task."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from pleura.models.build import build_backbone
from pleura.models.classifier import Classifier
from pleura.train.task import Batch


def small_classifier(seed: int = 0, backbone: str = "mobilenet_v2_035") -> Classifier:
    loaded = build_backbone(backbone, "random", seed=seed)
    return Classifier(loaded.backbone, loaded.mean, loaded.std, 2, dropout=0.1, seed=seed)


class Spots:
    """Noise images of 32 px; in class 1 the left half is brighter."""

    def __init__(self, n: int = 24, poisoned: int | None = None) -> None:
        generator = torch.Generator().manual_seed(0)
        self.targets = torch.arange(n) % 2
        self.images = torch.rand(n, 1, 32, 32, generator=generator) * 0.5
        self.images[self.targets == 1, :, :, :16] += 0.4
        if poisoned is not None:
            self.images[poisoned] = torch.nan

    @property
    def n_train(self) -> int:
        return len(self.targets)

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        images = self.images[batch.positions]
        if batch.augmented:
            generator = torch.Generator().manual_seed(batch.seed)
            images = images + 0.01 * torch.randn(images.shape, generator=generator)
        return functional.cross_entropy(model(images), self.targets[batch.positions])

    def show(self, model: nn.Module, chosen: NDArray[np.int64]) -> None:
        model(self.images[chosen])

    def validate(self, model: nn.Module) -> dict[str, float]:
        with torch.inference_mode():
            loss = functional.cross_entropy(model(self.images), self.targets).item()
        return {"loss": loss, "score": -loss}

    def describe(self, chosen: NDArray[np.int64]) -> str:
        return ", ".join(f"image {i}" for i in chosen)
