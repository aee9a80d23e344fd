"""Classification on features that were computed before: what a frozen backbone's head learns."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from pleura.tasks.classification import inverse_frequency, validation_score
from pleura.train.loop import Draw

Features = NDArray[np.float32]
Labels = NDArray[np.int64]


class OnFeatures:
    """The task of one head: `train` and `validation` are (features (n, channels), labels (n,))."""

    def __init__(
        self,
        train: tuple[Features, Labels],
        validation: tuple[Features, Labels],
        *,
        n_classes: int,
        balanced: bool,
    ) -> None:
        self.train, self.validation = (
            (torch.from_numpy(values)[..., None, None], torch.from_numpy(labels))
            for values, labels in (train, validation)
        )
        weights = inverse_frequency(train[1], n_classes) if balanced else None
        self.class_weights = None if weights is None else torch.from_numpy(weights)

    @property
    def n_train(self) -> int:
        """Number of training images."""
        return len(self.train[1])

    def loss(self, model: nn.Module, chosen: Labels, draw: Draw) -> Tensor:
        """Cross-entropy, weighted by class, of the training images at positions `chosen`."""
        values, labels = (part[torch.from_numpy(chosen)] for part in self.train)
        return functional.cross_entropy(model(values), labels, weight=self.class_weights)

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Macro AUROC (`score`) and unweighted cross-entropy (`loss`) on the validation part."""
        values, labels = self.validation
        with torch.inference_mode():
            logits = model(values).float()
        loss = functional.cross_entropy(logits, labels).item()
        return {"loss": loss, "score": validation_score(logits.numpy(), labels.numpy())}

    def describe(self, chosen: Labels) -> str:
        """The positions of the first images of a batch."""
        return "training images " + ", ".join(map(str, chosen[:4]))
