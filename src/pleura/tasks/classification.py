"""Classification: cross-entropy on images of a bank, judged by macro AUROC."""

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from pleura.data.augment import Augmentation, sample, to_float, vary
from pleura.data.bank import Bank
from pleura.data.hidden import Images
from pleura.errors import PleuraError
from pleura.evaluate.metrics import evaluate, softmax
from pleura.tasks.watched import MOST_WATCHED, figures, first_names, watched
from pleura.train.task import Batch

VERSION = 1  # part of every key: raised whenever the loss or the score would be another
Rows = NDArray[np.int64]
PREDICTED_AT_ONCE = 128


def inverse_frequency(labels: Rows, n_classes: int) -> NDArray[np.float32]:
    """Weight of each class, (classes,) float32: n / (classes * count), as scikit-learn's balanced.

    `labels`: (n,) indices of classes, each class at least once.
    """
    counts = np.bincount(labels, minlength=n_classes)
    return (len(labels) / (n_classes * counts)).astype(np.float32)


def guessing_loss(labels: Rows, n_classes: int, balanced: bool) -> float:
    """The loss of the best guess that looks at no image, nats: the entropy of the classes in
    `labels` (n,), each counted with the weight that the loss gives it.

    Balanced classes weigh the same, whatever their numbers: it is then log(classes).
    """
    shares = np.bincount(labels, minlength=n_classes) / len(labels)
    if balanced:
        return math.log(n_classes)
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())


class Classification:
    """The task of one training: which images of the bank, their labels, how they are varied."""

    def __init__(
        self,
        bank: Bank,
        labels: Rows,
        *,
        train: Rows,
        validation: Rows,
        n_classes: int,
        augmentation: Augmentation | None,
        balanced: bool,
        device: torch.device,
    ) -> None:
        """`labels`: class index of each image; `train`, `validation`: rows of the bank."""
        self.bank, self.labels, self.train, self.validation = bank, labels, train, validation
        self.augmentation, self.device = augmentation, device
        # As many as validate: what the figures of both cost is then much the same.
        self.watched = watched(
            train, "training", labels=labels[train], most=min(MOST_WATCHED, len(validation))
        )
        self.class_weights = None
        if balanced:
            weights = inverse_frequency(labels[train], n_classes)
            self.class_weights = torch.from_numpy(weights).to(device)

    @property
    def n_train(self) -> int:
        """Number of training images."""
        return len(self.train)

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        """Cross-entropy, weighted by class, of the training images of a batch."""
        rows = self.train[batch.positions]
        images = to_float(_on_device(self.bank, rows, self.device))
        if batch.augmented:
            images = self.varied(images, batch)
        targets = torch.from_numpy(self.labels[rows]).to(self.device)
        return functional.cross_entropy(model(images), targets, weight=self.class_weights)

    def varied(self, images: Tensor, batch: Batch) -> Tensor:
        """Images (n, 1, h, w) in [0, 1] as training shows them."""
        if not self.augmentation:
            return images
        generator = torch.Generator(self.device).manual_seed(batch.seed)
        return vary(images, sample(self.augmentation, images.shape, generator))

    def show(self, model: nn.Module, chosen: Rows) -> None:
        """Run the model on the training images at positions `chosen`, as they are judged."""
        model(to_float(_on_device(self.bank, self.train[chosen], self.device)))

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Macro AUROC (`score`) and cross-entropy (`loss`), weighted by class as in training, of
        the validation part; and `judged_score` and `judged_loss`, the same of at most 512 training
        images as they are judged."""
        return figures(self._judge(model, self.validation), self._judge(model, self.watched))

    def describe(self, chosen: Rows) -> str:
        """The first images of a batch by name."""
        names = self.bank.info["image"].iloc[self.train[chosen]].tolist()
        return first_names(names)

    def _judge(self, model: nn.Module, rows: Rows) -> tuple[float, float]:
        logits, targets = predict(model, self.bank, rows, self.device), self.labels[rows]
        loss = functional.cross_entropy(
            torch.from_numpy(logits),
            torch.from_numpy(targets),
            weight=None if self.class_weights is None else self.class_weights.cpu(),
        )
        return loss.item(), validation_score(logits, targets)


def validation_score(logits: NDArray[np.float32], labels: Rows) -> float:
    """Macro one-vs-rest AUROC of `logits` (n, classes), for choosing among epochs and trials.

    Raises PleuraError where it cannot be told, as with logits that are not finite.
    """
    score = float(evaluate(labels, softmax(logits), metrics=("auroc",))[("auroc", "macro")])
    if not math.isfinite(score):
        raise PleuraError(
            "the AUROC on the validation part cannot be computed: the model's outputs are not "
            "finite, or a class is missing there; try a smaller learning rate (tune.rates)"
        )
    return score


def predict(
    model: Callable[[Tensor], Tensor], images: Images, rows: Rows, device: torch.device
) -> NDArray[np.float32]:
    """Outputs of `model` (logits or features) for rows of a bank: (len(rows), k) float32."""
    outputs = []
    with torch.inference_mode():
        for start in range(0, len(rows), PREDICTED_AT_ONCE):
            shown = _on_device(images, rows[start : start + PREDICTED_AT_ONCE], device)
            outputs.append(model(to_float(shown)).float().cpu())
    return torch.cat(outputs).numpy()


def _on_device(images: Images, rows: Rows, device: torch.device) -> Tensor:
    return torch.from_numpy(images.read(rows)).to(device, non_blocking=True)
