"""Trainings on images of a bank, of every task that learns labels; and what networks predict."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura.data.augment import Augmentation, sample, to_float, touched, vary
from pleura.data.bank import Bank
from pleura.data.cutout import hide, sample_holes
from pleura.data.hidden import Images
from pleura.data.mixing import Mixture, mix, sample_mixture
from pleura.data.sizes import resized, side_at
from pleura.tasks.countermeasures import NONE, Countermeasures
from pleura.tasks.learned import Labels, Loss
from pleura.tasks.listed import CLASSIFICATION
from pleura.tasks.study_task import LabelTask
from pleura.tasks.supply import Supply
from pleura.tasks.watched import MOST_WATCHED, figures, watched
from pleura.train.ahead import upload
from pleura.train.task import Batch
from pleura.wording import first_few

Rows = NDArray[np.int64]
NO_ROWS: Rows = np.zeros(0, np.int64)
PREDICTED_AT_ONCE = 128
BATCHES_HELD = 32  # whose outputs stay on the device until they are fetched together


class OnImages:
    """One training of a task that learns labels: which images of the bank, how they are varied."""

    def __init__(
        self,
        bank: Bank,
        labels: Labels,
        *,
        train: Rows,
        validation: Rows,
        n_classes: int,
        augmentation: Augmentation | None,
        balanced: bool,
        device: torch.device,
        task: LabelTask = CLASSIFICATION,
        loss: Loss | None = None,
        sizes: Sequence[int] = (),
        against: Countermeasures = NONE,
        beside: Rows = NO_ROWS,
    ) -> None:
        """`labels`: of all images; `train`, `validation`: rows of the bank; `loss`: by default the
        task's; `sizes`: smaller ones at which training starts, pixels; `against`: what is done
        against shortcuts; `beside`: rows that train without a label."""
        self.bank, self.labels, self.train, self.validation = bank, labels, train, validation
        self.augmentation, self.device, self.n_train = augmentation, device, len(train)
        self.against = against
        self.supply = Supply(bank, np.concatenate([train, validation, beside]), device)
        # As many as validate: what the figures of both cost is then much the same.
        self.watched = watched(
            train, "training", labels=labels[train], most=min(MOST_WATCHED, len(validation))
        )
        learned = labels[train], n_classes, balanced
        loss = loss or task.learned.loss
        self.mixed, self.sizes = task.learned.mixed, sizes
        self.criterion = loss(*learned, device, against.draws)
        self.judge = task.learned.judging(task.score, loss(*learned, torch.device("cpu")))

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        """The loss of the training images of a batch."""
        rows = self.train[batch.positions]
        images, mixture = on_device(self.supply, rows, self.device), None
        if batch.augmented:
            images = self.varied(self.against.changed(images, batch), batch)
            mixture = self.mixture(batch)
            images = resized(images, self.side(images, batch))
        if mixture:
            images = mix(images, mixture)
        targets = upload(torch.from_numpy(self.labels[rows]), self.device)
        outputs = model(images)
        if mixture is None:
            return self.against.loss(self.criterion, outputs, targets, batch)
        return self.mixed(self.criterion, outputs, targets, mixture)

    def varied(self, images: Tensor, batch: Batch) -> Tensor:
        """Images (n, 1, h, w) in [0, 1] as training shows them, each by itself."""
        if not (settings := self.augmentation):
            return images
        generator = torch.Generator(self.device).manual_seed(batch.seed)
        variation = sample(settings, images.shape, generator)
        images = vary(images, variation)
        if settings.cutout:
            drawn = batch.generator("cutout", self.device)
            images = hide(images, sample_holes(settings.cutout, variation.touched, images, drawn))
        return images

    def side(self, images: Tensor, batch: Batch) -> int:
        """The side that training shows the images of a batch at."""
        return side_at(self.sizes, images.shape[-1], batch.progress, batch.seed)

    def mixture(self, batch: Batch) -> Mixture | None:
        """How the images of a batch are mixed with one another; None where they are not."""
        settings = self.augmentation
        if not settings or not settings.mixup:
            return None
        generator = torch.Generator(self.device).manual_seed(batch.seed)
        may_change = touched(settings, batch.size, generator)
        return sample_mixture(settings.mixup, may_change, batch.seed)

    def show(self, model: nn.Module, chosen: Rows) -> None:
        """Run the model on the training images at positions `chosen`, as they are judged."""
        model(on_device(self.supply, self.train[chosen], self.device))

    def validate(self, model: nn.Module) -> dict[str, float]:
        """The task's `score` and the `loss` as in training, of the validation part; `judged_score`
        and `judged_loss`, the same of at most 512 training images as they are judged."""
        return figures(self._judge(model, self.validation), self._judge(model, self.watched))

    def describe(self, chosen: Rows) -> str:
        """The first images of a batch by name."""
        return first_few(self.bank.info["image"].iloc[self.train[chosen]], 4)

    def _judge(self, model: nn.Module, rows: Rows) -> tuple[float, float]:
        return self.judge(predict(model, self.supply, rows, self.device), self.labels[rows])


def predict(
    model: Callable[[Tensor], Tensor],
    images: Images,
    rows: Rows,
    device: torch.device,
    at_once: int = PREDICTED_AT_ONCE,
) -> NDArray[np.float32]:
    """Outputs of `model` (logits or features) for rows of a bank: (len(rows), k) float32.

    They are fetched from the device some batches at once, since it waits for its host meanwhile.
    """
    outputs: list[Tensor] = []
    held: list[Tensor] = []
    with torch.inference_mode():
        for start in range(0, len(rows), at_once):
            held.append(model(on_device(images, rows[start : start + at_once], device)).float())
            if len(held) == BATCHES_HELD or start + at_once >= len(rows):
                outputs.append(torch.cat(held).cpu())
                held.clear()
    return torch.cat(outputs).numpy()


def on_device(images: Images, rows: Rows, device: torch.device) -> Tensor:
    """Images (len(rows), 1, h, w) float in [0, 1] on the device."""
    if isinstance(images, Supply):
        return to_float(images.on_device(rows))
    return to_float(upload(torch.from_numpy(images.read(rows)), device))
