"""Jigsaw: in which order were the tiles of an image put together again?"""

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.data.view_settings import Views
from pleura.tasks.selfsup.methods.method import Method

if TYPE_CHECKING:
    from pleura.models.build import LoadedBackbone
    from pleura.tasks.selfsup.pretrainer import Pretrainer


class Jigsaw(Method):
    """Tell in which order the 3 x 3 tiles of an image were put together (Noroozi & Favaro 2016).

    arXiv 1603.09246. The tiles make one image again, which the backbone sees whole, as in Carlucci
    et al. 2019 (arXiv 1903.06864): a tile alone would be 21 pixels of an image of 64, less than a
    stride of 32. One of the orders is the right one. As in the first paper each tile is a part of
    its third of the image, at a random place, so that no line goes on from tile to tile.
    """

    orders: int = Field(30, ge=2, le=200, description="orders of the tiles, far from each other")
    tile: float = Field(0.85, gt=0, le=1, description="a tile's side, share of a third")

    def build(
        self, loaded: "LoadedBackbone", views: Views, *, size: int, seed: int
    ) -> "Pretrainer":
        """See `Method`; any backbone that takes images of `size` suits."""
        from pleura.tasks.selfsup.jigsaw import JigsawPretrainer

        return JigsawPretrainer(loaded, views, orders=self.orders, tile=self.tile, seed=seed)
