"""Jigsaw: in which order were the tiles of an image put together again?"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from pleura.data.views import Views, pixel_centres
from pleura.models.build import LoadedBackbone
from pleura.models.seeding import seeded
from pleura.randomness import seed_of
from pleura.tasks.selfsup.pretrainer import Pretrainer
from pleura.train.task import Batch

SIDE = 3  # tiles along a side
CANDIDATES = 5000


class JigsawPretrainer(Pretrainer):
    """A backbone and a linear layer on its pooled map: one class an order."""

    def __init__(
        self, loaded: LoadedBackbone, views: Views, *, orders: int, tile: float, seed: int
    ) -> None:
        super().__init__(loaded, views)
        self.tile = tile
        with seeded(seed):
            self.head = nn.Linear(loaded.backbone.cuts[-1].channels, orders)
        self.head.register_buffer("orders", far_apart(orders, seed_of(seed, "orders")))

    def forward(self, images: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of the orders; images as in `Pretrainer`."""
        x = self.view(images, batch, 0)
        generator = batch.generator("tiles", x.device)
        n = batch.size
        orders: Tensor = self.head.get_buffer("orders")
        labels = torch.randint(len(orders), (n,), generator=generator, device=x.device)
        shift = torch.rand(n, SIDE**2, 2, generator=generator, device=x.device) * 2 - 1
        labels = batch.mine(labels)
        x = shuffled(x, orders[labels], self.tile, batch.mine(shift))
        return functional.cross_entropy(self.head(self.features(x)), labels)


def shuffled(images: Tensor, order: Tensor, tile: float, shift: Tensor) -> Tensor:
    """Images (n, c, h, w) put together from their tiles, of any height and width.

    Where tile i was comes tile `order[:, i]` (n, 9), numbered row by row. A tile is `tile` (share)
    of its third, stretched to a third; `shift` (n, 9, 2), -1 to 1, is its place in it (x, y).
    """
    height, width = images.shape[2:]
    thirds = [(pixel_centres(side, images.device) + 1) * (SIDE / 2) for side in (width, height)]
    (columns, x), (rows, y) = ((place.long(), place.frac() * 2 - 1) for place in thirds)
    centres = torch.stack([order % SIDE, order // SIDE], dim=2) * 2 + 1 - SIDE
    corners = centres + shift * (1 - tile)  # in halves of a third, as all that follows
    place = rows.unsqueeze(1) * SIDE + columns
    within = torch.stack([x.expand(height, -1), y.unsqueeze(1).expand(-1, width)], dim=2)
    grid = (corners[:, place] + within * tile) / SIDE
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def far_apart(count: int, seed: int) -> Tensor:
    """Orders of nine tiles (count, 9), the right one first, each far from all before it.

    Of 5000 random ones the next is that which agrees least with the nearest of those already
    chosen (Hamming distance), as Noroozi & Favaro choose among all.
    """
    random = np.random.default_rng(seed)
    candidates = random.permuted(np.tile(np.arange(SIDE**2), (CANDIDATES, 1)), axis=1)
    candidates[0] = np.arange(SIDE**2)
    chosen, nearest = [0], np.full(CANDIDATES, SIDE**2)
    while len(chosen) < count:
        nearest = np.minimum(nearest, (candidates != candidates[chosen[-1]]).sum(axis=1))
        chosen.append(int(nearest.argmax()))
    return torch.from_numpy(candidates[chosen])
