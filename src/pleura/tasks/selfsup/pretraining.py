"""Pretraining: images without labels go in; labels, where there are any, only watch."""

from collections.abc import Callable
from contextlib import nullcontext

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura.data.concatenated import Concatenated
from pleura.randomness import seed_of
from pleura.tasks.images import on_device, predict
from pleura.tasks.selfsup.representation import effective_rank, knn_auroc, probe_auroc
from pleura.tasks.supply import Supply
from pleura.tasks.watched import watched
from pleura.train.batchnorm import by_batch
from pleura.train.task import Batch
from pleura.wording import first_few

Rows = NDArray[np.int64]
AT_ONCE = 64


class Pretraining:
    """The task of one pretraining: which images a method learns from, and which watch it."""

    def __init__(
        self,
        images: Concatenated,
        *,
        train: Rows,
        validation: Rows,
        labels: Rows,
        device: torch.device,
    ) -> None:
        """`train`, `validation`: rows of `images`; `labels`: (len(images),), -1 where unknown."""
        self.images, self.train, self.device = images, train, device
        self.n_train = len(train)
        self.watched = watched(validation, "validation")
        self.labelled = tuple(
            watched(rows[labels[rows] >= 0], part)
            for part, rows in (("training", train), ("validation", validation))
        )
        self.labels = labels
        used = np.concatenate([train, self.watched, *self.labelled])
        self.supply = Supply(images, used, device)

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        """The method's loss; of the images of a batch only this process's are read."""
        mine = self.train[batch.mine(batch.positions)]
        loss: Tensor = model(self._read(mine), batch)
        return loss

    def show(self, model: nn.Module, chosen: Rows) -> None:
        """Run the backbone on the training images at positions `chosen`, as probes judge it."""
        features: Callable[[Tensor], Tensor] = model.features  # type: ignore[assignment]
        features(self._read(self.train[chosen]))

    def validate(self, model: nn.Module) -> dict[str, float]:
        """`loss` and `effective_rank` of at most 512 validation images; and, where labels of two
        classes are known in both parts, `knn_auroc` and `probe_auroc` from 512 training images.

        Views of validation images are the same each time, so that epochs can be compared.
        """
        figures = {
            "loss": self._watched_loss(model),
            "effective_rank": effective_rank(self._features(model, self.watched)),
        }
        if all(len(np.unique(self.labels[rows])) > 1 for rows in self.labelled):
            train, others = ((self._features(model, r), self.labels[r]) for r in self.labelled)
            figures["knn_auroc"] = knn_auroc(*train, *others)
            figures["probe_auroc"] = probe_auroc(*train, *others)
        return figures

    def describe(self, chosen: Rows) -> str:
        """The first images of a batch by name."""
        return first_few(self.images.names(self.train[chosen]), 4)

    def _watched_loss(self, model: nn.Module) -> float:
        losses = []
        alone = len(self.watched) == 1
        with torch.inference_mode(), nullcontext() if alone else by_batch(model):
            # In equal shares: some losses depend on how many images are compared.
            batches = np.array_split(self.watched, -(-len(self.watched) // AT_ONCE))
            for number, rows in enumerate(batches):
                strangers = np.full(len(rows), -1)
                batch = Batch(strangers, seed_of("validation", number), augmented=True)
                losses.append(model(self._read(rows), batch))
        total = 0.0
        for loss, rows in zip(torch.stack(losses).cpu().tolist(), batches, strict=True):
            total += loss * len(rows)
        return total / len(self.watched)

    def _features(self, model: nn.Module, rows: Rows) -> NDArray[np.float32]:
        features: Callable[[Tensor], Tensor] = model.features  # type: ignore[assignment]
        return predict(features, self.supply, rows, self.device, at_once=AT_ONCE)

    def _read(self, rows: Rows) -> Tensor:
        return on_device(self.supply, rows, self.device)
