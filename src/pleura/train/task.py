"""What a model learns, and by which batch: all that the training loop knows of a task."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pleura.randomness import seed_of

AnyRows = TypeVar("AnyRows", Tensor, NDArray[np.int64])


@dataclass
class Batch:
    """Which images a batch has, and all that its randomness may depend on.

    `positions` (n,) are those of the whole batch among the training images, on however many
    processes it is; -1 for images that are no training images. `progress` is the share of the fit's
    steps that are done. Of a batch that `world` processes share, this one has the images at places
    `rank`, `rank + world` and so on. It is not frozen, since Fabric copies what it hands to a model
    field by field.
    """

    positions: NDArray[np.int64]
    seed: int
    augmented: bool
    progress: float = 0.0
    rank: int = 0
    world: int = 1

    @property
    def size(self) -> int:
        """Images of the whole batch, on all processes together."""
        return len(self.positions)

    def generator(self, purpose: str, device: torch.device) -> torch.Generator:
        """A generator of its own for one `purpose`; the same for every process."""
        return torch.Generator(device).manual_seed(seed_of(self.seed, purpose))

    def mine(self, whole: AnyRows) -> AnyRows:
        """This process's rows of what was drawn for the whole batch."""
        return whole[self.rank :: self.world]


class Task(Protocol):
    """What a model learns. `score` of a validation is better when greater."""

    @property
    def n_train(self) -> int:
        """Number of training images."""
        ...

    def loss(self, model: torch.nn.Module, batch: Batch) -> Tensor:
        """The loss of a whole batch of training images, of which this process has its share."""
        ...

    def show(self, model: torch.nn.Module, chosen: NDArray[np.int64]) -> None:
        """Run the model on the training images at positions `chosen`, as they are judged."""
        ...

    def validate(self, model: torch.nn.Module) -> dict[str, float]:
        """Figures on the validation part: `loss`, and `score` where the best weights are kept."""
        ...

    def describe(self, chosen: NDArray[np.int64]) -> str:
        """Names the training images at positions `chosen`, for messages."""
        ...
