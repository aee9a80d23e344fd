"""Trainings on features that were computed before: what a frozen backbone's head learns."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura.tasks.learned import Labels, Loss
from pleura.tasks.listed import CLASSIFICATION
from pleura.tasks.study_task import LabelTask
from pleura.tasks.watched import MOST_WATCHED, figures, watched
from pleura.train.task import Batch

Features = NDArray[np.float32]
Rows = NDArray[np.int64]


class OnFeatures:
    """The task of one head: `train` and `validation` are (features (n, channels), labels (n,))."""

    def __init__(
        self,
        train: tuple[Features, Labels],
        validation: tuple[Features, Labels],
        *,
        n_classes: int,
        balanced: bool,
        task: LabelTask = CLASSIFICATION,
        loss: Loss | None = None,
    ) -> None:
        self.train, self.validation = (
            (torch.from_numpy(values)[..., None, None], torch.from_numpy(labels))
            for values, labels in (train, validation)
        )
        self.n_train = len(train[1])
        most = min(MOST_WATCHED, len(validation[1]))
        rows = watched(np.arange(self.n_train), "training", labels=train[1], most=most)
        self.watched = torch.from_numpy(rows)
        loss = loss or task.learned.loss
        self.criterion = loss(train[1], n_classes, balanced, torch.device("cpu"))
        self.judge = task.learned.judging(task.score, self.criterion)

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        """The loss of the training images of a batch."""
        values, labels = (part[torch.from_numpy(batch.positions)] for part in self.train)
        return self.criterion(model(values), labels)

    def show(self, model: nn.Module, chosen: Rows) -> None:
        """Run the model on the features of the training images at positions `chosen`."""
        model(self.train[0][torch.from_numpy(chosen)])

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Figures as those of `OnImages`."""
        values, labels = self.train
        watched_images = values[self.watched], labels[self.watched]
        return figures(self._judge(model, *self.validation), self._judge(model, *watched_images))

    def describe(self, chosen: Rows) -> str:
        """The positions of the first images of a batch."""
        return "training images " + ", ".join(map(str, chosen[:4]))

    def _judge(self, model: nn.Module, values: Tensor, labels: Tensor) -> tuple[float, float]:
        with torch.inference_mode():
            logits = model(values).float()
        return self.judge(logits.numpy(), labels.numpy())
