"""Training on images whose teacher has said what it thinks of them, with labels and without."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura.data.sizes import resized
from pleura.randomness import seed_of
from pleura.tasks.images import OnImages, on_device
from pleura.tasks.soft_losses import SoftLoss
from pleura.train.ahead import upload
from pleura.train.task import Batch

Rows = NDArray[np.int64]
VERSION = 1  # part of every key: raised whenever the same batches would get other losses


@dataclass(frozen=True)
class Teacher:
    """What a teacher says of images, as they are judged.

    `logits` (n, classes) float32 are those of the `rows` of the bank, sorted; `unlabelled` are rows
    that train without a label. `settings` are the temperature, the weight of the teacher in the
    loss, and how many images without label a batch has beside each labelled one.
    """

    rows: Rows
    logits: NDArray[np.float32]
    unlabelled: Rows
    settings: Mapping[str, Any]
    loss: SoftLoss

    def drawn(self, batch: Batch) -> tuple[Rows, Batch]:
        """Images without label for a batch, none twice, and what their variation depends on."""
        seed = seed_of(batch.seed, "unlabelled")
        wanted = min(self.settings["unlabelled"] * batch.size, len(self.unlabelled))
        drawn = np.random.default_rng(seed).choice(len(self.unlabelled), wanted, replace=False)
        positions = np.full(wanted, -1, np.int64)
        return self.unlabelled[drawn], replace(batch, positions=positions, seed=seed)

    def said_of(self, rows: Rows, device: torch.device) -> Tensor:
        """Its logits (len(rows), classes) of rows, on a device."""
        return upload(torch.from_numpy(self.logits[np.searchsorted(self.rows, rows)]), device)


class OnTaughtImages(OnImages):
    """One training that learns from labels and from a teacher.

    A batch has its labelled images, as it would have them without a teacher, varied in the same
    way, and images without label besides. What the teacher says is of images as they are.
    """

    def __init__(self, *args: Any, teacher: Teacher, **options: Any) -> None:
        """`teacher`: what it says; all else as `OnImages` takes it."""
        beside = teacher.unlabelled if teacher.settings["unlabelled"] else teacher.unlabelled[:0]
        super().__init__(*args, beside=beside, **options)
        self.teacher = teacher

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        """(1 - weight) times the loss of the labels, and weight times the teacher's."""
        rows = self.train[batch.positions]
        others, of_others = self.teacher.drawn(batch)
        images = self._shown(rows, batch)
        if len(others):
            images = torch.cat([images, self._shown(others, of_others)])
        if batch.augmented:
            images = resized(images, self.side(images, batch))
        outputs = model(images)
        settings = self.teacher.settings
        weight, temperature = settings["weight"], settings["temperature"]
        said = self.teacher.said_of(np.concatenate([rows, others]), self.device)
        loss: Tensor = weight * self.teacher.loss(outputs, said, temperature)
        if weight < 1:
            targets = upload(torch.from_numpy(self.labels[rows]), self.device)
            loss = loss + (1 - weight) * self.criterion(outputs[: len(rows)], targets)
        return loss

    def _shown(self, rows: Rows, batch: Batch) -> Tensor:
        images = on_device(self.supply, rows, self.device)
        return self.varied(images, batch) if batch.augmented else images
