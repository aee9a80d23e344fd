"""The contract of a transfer strategy: what is kept, what is trained, how fast."""

from collections.abc import Callable
from typing import Protocol

from torch import Tensor

from pleura.models.classifier import Classifier
from pleura.train.phase import HEAD, Phase

Penalty = Callable[[Classifier], Tensor]


class Strategy(Protocol):
    """Three answers and no more; the trainer never sees a strategy, only its phases."""

    def surgery(self, model: Classifier) -> Classifier:
        """What becomes of the model before training: the model itself or a changed one."""
        ...

    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """The fits to run, in order, on the model after surgery."""
        ...

    def penalty(self, model: Classifier) -> Penalty | None:
        """An extra loss computed from the model at each batch, or None."""
        ...


def all_parts(model: Classifier) -> frozenset[str]:
    """The names of all cuts and the head: a phase that trains everything."""
    return frozenset({*(cut.name for cut in model.backbone.cuts), HEAD})
