"""Rotation: by how many quarter turns was an image turned?"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.models.seeding import seeded
from pleura.tasks.selfsup.pretrainer import Pretrainer
from pleura.train.task import Batch


class RotationPretrainer(Pretrainer):
    """A backbone and a linear layer on its pooled map: four classes, 0 to 3 quarter turns."""

    def __init__(self, loaded: LoadedBackbone, views: Views, *, seed: int) -> None:
        super().__init__(loaded, views)
        with seeded(seed):
            self.head = nn.Linear(loaded.backbone.cuts[-1].channels, 4)

    def forward(self, images: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of the turns; images, as in `Pretrainer`, are square."""
        x = self.view(images, batch, 0)
        generator = batch.generator("turns", x.device)
        n = batch.size
        turns = batch.mine(torch.randint(4, (n,), generator=generator, device=x.device))
        return functional.cross_entropy(self.head(self.features(turned(x, turns))), turns)


def turned(images: Tensor, turns: Tensor) -> Tensor:
    """Square images (n, c, h, h), each by its number (n,) of quarter turns, anticlockwise."""
    images = images.clone()
    for count in (1, 2, 3):
        images[turns == count] = images[turns == count].rot90(count, (2, 3))
    return images
