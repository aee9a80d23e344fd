"""Rotation: by how many quarter turns was an image turned?"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.models.seeding import seeded
from pleura.tasks.selfsup.method import Method, Pretrainer
from pleura.train.loop import Draw


class Rotation(Method):
    """Tell by how many quarter turns an image was turned (Gidaris et al. 2018, arXiv 1803.07728).

    They show all four turns of an image in each step; here each step draws one, which costs a
    quarter and expects the same.
    """

    def build(self, loaded: LoadedBackbone, views: Views, *, size: int, seed: int) -> Pretrainer:
        """See `Method`; any backbone that takes images of `size` suits."""
        return RotationPretrainer(loaded, views, seed=seed)


class RotationPretrainer(Pretrainer):
    """A backbone and a linear layer on its pooled map: four classes, 0 to 3 quarter turns."""

    def __init__(self, loaded: LoadedBackbone, views: Views, *, seed: int) -> None:
        super().__init__(loaded, views)
        with seeded(seed):
            self.head = nn.Linear(loaded.backbone.cuts[-1].channels, 4)

    def forward(self, images: Tensor, draw: Draw) -> Tensor:
        """Cross-entropy of the turns; images, as in `Pretrainer`, are square."""
        x = self.view(images, draw, 0)
        generator = draw.generator("turns", x.device)
        n = len(x) * draw.world
        turns = draw.mine(torch.randint(4, (n,), generator=generator, device=x.device))
        return functional.cross_entropy(self.head(self.features(turned(x, turns))), turns)


def turned(images: Tensor, turns: Tensor) -> Tensor:
    """Square images (n, c, h, h), each by its number (n,) of quarter turns, anticlockwise."""
    images = images.clone()
    for count in (1, 2, 3):
        images[turns == count] = images[turns == count].rot90(count, (2, 3))
    return images
