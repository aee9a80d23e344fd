"""What joint-embedding methods share: two views of each image, embedded by one network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from pleura.tasks.selfsup.methods.method import Method

if TYPE_CHECKING:
    from torch import Tensor, nn

    from pleura.tasks.selfsup.pretrainer import Pretrainer
    from pleura.train.task import Batch


class TwoViewMethod(Method):
    """A projection head and a loss between two views of each image.

    `modules` has a `projection` and, where `compare` is this one, a `loss`. Features are gathered
    from all devices before the heads: their BatchNorm, the loss and what it keeps see the whole
    batch. BatchNorm of the backbone sees one view of one device's images.
    """

    hidden: int = Field(512, ge=1, description="units in a hidden layer of the heads")
    output: int = Field(128, ge=2, description="dimensions of an embedding")

    def loss(self, network: Pretrainer, images: Tensor, batch: Batch) -> Tensor:
        """See `Method`."""
        import torch

        views = [network.view(images, batch, number) for number in (0, 1)]
        outputs = [output.float() for output in self.outputs(network, views, batch)]
        # Squares, exponentials and covariances lose too much in bf16.
        with torch.autocast(images.device.type, enabled=False):
            return self.compare(network, outputs)

    def outputs(self, network: Pretrainer, views: Sequence[Tensor], batch: Batch) -> list[Tensor]:
        """What the loss compares, each (whole batch, d): the embeddings of two views."""
        return [embed(network, view, batch) for view in views]

    def compare(self, network: Pretrainer, outputs: Sequence[Tensor]) -> Tensor:
        """The loss, a scalar, of `outputs`."""
        loss: Tensor = network.own["loss"](*outputs)
        return loss


def embed(network: Pretrainer, view: Tensor, batch: Batch) -> Tensor:
    """Projections (whole batch, d) of a view (n, 1, h, w) of this process's images."""
    from pleura.tasks.selfsup.pretrainer import gathered

    embedded: Tensor = network.own["projection"](gathered(network.features(view).float(), batch))
    return embedded


def crosswise(loss: nn.Module, outputs: Sequence[Tensor]) -> Tensor:
    """The mean loss of each view's prediction against the other's target.

    `outputs`: the predictions of both views, then their targets.
    """
    first, second, first_target, second_target = outputs
    mean: Tensor = (loss(first, second_target) + loss(second, first_target)) / 2
    return mean
