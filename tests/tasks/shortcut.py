"""Images in which a mark in the frame tells the class in training, and nothing in test."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura.data.bank import Bank
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.metrics import evaluate
from pleura.tasks.countermeasures import Countermeasures
from pleura.tasks.images import OnImages, predict
from pleura.train.task import Batch

CPU = torch.device("cpu")
SIDE, N = 32, 400


@dataclass(frozen=True)
class Stored:
    """Images as a bank gives them; the first half of them trains, the rest tests."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]
    marked: NDArray[np.bool_]

    def read(self, rows: NDArray[Any]) -> NDArray[np.uint8]:
        """(len(rows), 32, 32)."""
        shown: NDArray[np.uint8] = self.pixels[rows]
        return shown

    @property
    def train(self) -> NDArray[np.int64]:
        """The rows that train."""
        return np.arange(N // 2)

    @property
    def test(self) -> NDArray[np.int64]:
        """The rows that test."""
        return np.arange(N // 2, N)


def marked_images(share: float = 0.95) -> Stored:
    """Noise with a faint disease in the middle of class 1, and a bright mark in the corner: on a
    `share` of class 1 and on the rest of class 0 in training, on every other image in test."""
    random = np.random.default_rng(0)
    labels = np.arange(N) % 2
    pixels = random.normal(90, 30, (N, SIDE, SIDE))
    pixels[labels == 1, 12:20, 12:20] += 10
    marked = np.where(random.random(N) < share, labels == 1, labels == 0)
    marked[N // 2 :] = random.random(N // 2) < 0.5
    pixels[marked, :4, :4] += 100
    return Stored(pixels.clip(0, 255).astype(np.uint8), labels, marked)


def learned(stored: Stored, against: Countermeasures) -> nn.Module:
    """A linear model of 8 x 8 squares after 100 steps with batches of 32."""
    task = OnImages(
        cast(Bank, stored),
        stored.labels,
        train=stored.train,
        validation=stored.test,
        n_classes=2,
        augmentation=None,
        balanced=False,
        device=CPU,
        against=against,
    )
    torch.manual_seed(0)
    model = nn.Sequential(Centred(), nn.AvgPool2d(4), nn.Flatten(), nn.Linear(64, 2))
    optimiser = torch.optim.AdamW(model.parameters(), 1e-2, weight_decay=0.1)
    random = np.random.default_rng(1)
    for seed in range(100):
        chosen = against.order(random, N // 2)[:32]
        loss = task.loss(model, Batch(chosen, seed, augmented=True))
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
    return model


class Centred(nn.Module):
    """Gray values about 0."""

    def forward(self, images: Tensor) -> Tensor:
        return (images - 0.35) * 4


def auroc(model: nn.Module, stored: Stored, labels: NDArray[np.bool_] | NDArray[np.int64]) -> float:
    """How well test images are told apart by `labels` (n,)."""
    logits = predict(model, stored, stored.test, CPU)
    chances = torch.softmax(torch.from_numpy(logits), dim=1).double().numpy()
    of = np.asarray(labels, dtype=np.int64)[stored.test]
    return float(evaluate(of, chances, metrics=[AUROC])[AUROC.overall])
