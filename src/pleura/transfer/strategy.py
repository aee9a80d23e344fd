"""The contract of a transfer strategy: what is kept, what is trained, how fast.

Strategies import torch only where they work on a network, so that they can be listed, and a study
file that names them be checked, at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from pleura.models.places import CLASSIFIER
from pleura.options import Options
from pleura.train.phase import Chooses, Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from pleura.models.classifier import Classifier


class Strategy(Options, ABC):
    """Three answers and no more; the trainer never sees a strategy, only its phases.

    The fields are the options of a study file. The first line of a strategy's docstring and the
    descriptions of its fields are what `pleura list strategies` prints.
    """

    version: ClassVar[int] = 1
    """Raised by a strategy whenever it comes to train otherwise than before."""

    def surgery(self, model: Classifier) -> Classifier:
        """What becomes of the model before training, in place: here, nothing.

        New parameters are drawn from torch's generator, which `build_model` has seeded.
        """
        return model

    @abstractmethod
    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """The fits to run, in order, on the model after surgery."""

    def penalty(self, model: Classifier) -> Callable[[], Tensor] | None:
        """An extra loss computed from the model at each batch, or None.

        `model` is as it stands after surgery, before training.
        """
        return None


def all_parts(model: Classifier) -> frozenset[str]:
    """The names of all cuts and the head: a phase that trains everything."""
    return frozenset(name for name, _ in model.parts())


def own_parameters(model: Classifier, of: Callable[[nn.Module], bool]) -> frozenset[str]:
    """The names in `model` of the parameters that modules of one kind hold themselves."""
    return frozenset(
        f"{path}.{name}"
        for path, module in model.named_modules()
        if of(module)
        for name, _ in module.named_parameters(recurse=False)
    )


def head_and(names: frozenset[str]) -> Chooses:
    """A phase's choice of the head and of the parameters with these names."""

    def choose(part: str, name: str, parameter: nn.Parameter) -> bool:
        return part == CLASSIFIER or name in names

    return choose
