"""The contract of a transfer strategy: what is kept, what is trained, how fast."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from pleura.models.backbone import Backbone
from pleura.models.classifier import Classifier
from pleura.train.phase import Phase

Penalty = Callable[[], Tensor]


class Strategy(BaseModel, ABC):
    """Three answers and no more; the trainer never sees a strategy, only its phases.

    The fields are the options of a study file. The first line of a strategy's docstring and the
    descriptions of its fields are what `pleura list strategies` prints.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    def surgery(self, model: Classifier) -> Classifier:
        """What becomes of the model before training, in place: here, nothing.

        New parameters are drawn from torch's generator, which `build_model` has seeded.
        """
        return model

    @abstractmethod
    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """The fits to run, in order, on the model after surgery."""

    def penalty(self, model: Classifier) -> Penalty | None:
        """An extra loss computed from the model at each batch, or None.

        `model` is as it stands after surgery, before training.
        """
        return None


def all_parts(model: Classifier) -> frozenset[str]:
    """The names of all cuts and the head: a phase that trains everything."""
    return frozenset(name for name, _ in model.parts())


def put_on(model: Classifier, backbone: Backbone) -> Classifier:
    """Give a classifier another backbone and a new head that fits it, in place."""
    model.backbone = backbone
    model.head = nn.Linear(backbone.cuts[-1].channels, model.n_classes)
    return model
