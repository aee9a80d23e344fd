"""What joint-embedding methods share: two views of each image, embedded by one network."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.tasks.selfsup.pretrainer import Pretrainer, gathered
from pleura.train.task import Batch


class TwoViews(Pretrainer):
    """A backbone with a projection head, and a loss between two views of each image.

    Features are gathered from all devices before the heads: their BatchNorm, the loss and what it
    keeps see the whole batch. BatchNorm of the backbone sees one view of one device's images.
    """

    def __init__(
        self, loaded: LoadedBackbone, views: Views, projection: nn.Module, loss: nn.Module
    ) -> None:
        super().__init__(loaded, views)
        self.projection, self.loss = projection, loss

    def forward(self, images: Tensor, batch: Batch) -> Tensor:
        """The loss, a scalar; see `Pretrainer`."""
        views = [self.view(images, batch, number) for number in (0, 1)]
        outputs = [output.float() for output in self.outputs(views, batch)]
        # Squares, exponentials and covariances lose too much in bf16.
        with torch.autocast(images.device.type, enabled=False):
            return self.compare(outputs)

    def outputs(self, views: Sequence[Tensor], batch: Batch) -> list[Tensor]:
        """What the loss compares, each (whole batch, d): the embeddings of two views."""
        return [self.embed(view, batch) for view in views]

    def compare(self, outputs: Sequence[Tensor]) -> Tensor:
        """The loss, a scalar, of `outputs`."""
        loss: Tensor = self.loss(*outputs)
        return loss

    def embed(self, view: Tensor, batch: Batch) -> Tensor:
        """Projections (whole batch, d) of a view (n, 1, h, w) of this process's images."""
        embedded: Tensor = self.projection(gathered(self.features(view).float(), batch))
        return embedded


def crosswise(loss: nn.Module, outputs: Sequence[Tensor]) -> Tensor:
    """The mean loss of each view's prediction against the other's target.

    `outputs`: the predictions of both views, then their targets.
    """
    first, second, first_target, second_target = outputs
    mean: Tensor = (loss(first, second_target) + loss(second, first_target)) / 2
    return mean
