"""Jigsaw: in which order were the tiles of an image put together again?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from pleura.randomness import seed_of
from pleura.tasks.selfsup.methods.method import Method, Setting

if TYPE_CHECKING:
    from torch import Tensor, nn

    from pleura.tasks.selfsup.pretrainer import Pretrainer
    from pleura.train.task import Batch

SIDE = 3  # tiles along a side
CANDIDATES = 5000


class Jigsaw(Method):
    """Tell in which order the 3 x 3 tiles of an image were put together (Noroozi & Favaro 2016).

    arXiv 1603.09246. The tiles make one image again, which the backbone sees whole, as in Carlucci
    et al. 2019 (arXiv 1903.06864): a tile alone would be 21 pixels of an image of 64, less than a
    stride of 32. One of the orders is the right one. As in the first paper each tile is a part of
    its third of the image, at a random place, so that no line goes on from tile to tile.
    """

    orders: int = Field(30, ge=2, le=200, description="orders of the tiles, far from each other")
    tile: float = Field(0.85, gt=0, le=1, description="a tile's side, share of a third")

    def modules(self, setting: Setting) -> dict[str, nn.Module]:
        """A linear layer on the pooled map, one class an order; with the orders."""
        from torch import nn

        head = nn.Linear(setting.channels, self.orders)
        head.register_buffer("orders", far_apart(self.orders, seed_of(setting.seed, "orders")))
        return {"head": head}

    def loss(self, network: Pretrainer, images: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of the orders."""
        import torch
        from torch.nn import functional

        x, head, n = network.view(images, batch, 0), network.own["head"], batch.size
        generator = batch.generator("tiles", x.device)
        orders = head.get_buffer("orders")
        labels = torch.randint(len(orders), (n,), generator=generator, device=x.device)
        shift = torch.rand(n, SIDE**2, 2, generator=generator, device=x.device) * 2 - 1
        labels = batch.mine(labels)
        x = shuffled(x, orders[labels], self.tile, batch.mine(shift))
        return functional.cross_entropy(head(network.features(x)), labels)


def shuffled(images: Tensor, order: Tensor, tile: float, shift: Tensor) -> Tensor:
    """Images (n, c, h, w) put together from their tiles, of any height and width.

    Where tile i was comes tile `order[:, i]` (n, 9), numbered row by row. A tile is `tile` (share)
    of its third, stretched to a third; `shift` (n, 9, 2), -1 to 1, is its place in it (x, y).
    """
    import torch
    from torch.nn import functional

    from pleura.data.views import pixel_centres

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
    import torch

    random = np.random.default_rng(seed)
    candidates = random.permuted(np.tile(np.arange(SIDE**2), (CANDIDATES, 1)), axis=1)
    candidates[0] = np.arange(SIDE**2)
    chosen, nearest = [0], np.full(CANDIDATES, SIDE**2)
    while len(chosen) < count:
        nearest = np.minimum(nearest, (candidates != candidates[chosen[-1]]).sum(axis=1))
        chosen.append(int(nearest.argmax()))
    return torch.from_numpy(candidates[chosen])
