"""Context restoration: parts of an image have changed places; put it right."""

import torch
from pydantic import Field
from torch import Tensor

from pleura.data.views import Views
from pleura.errors import InputError
from pleura.models.build import LoadedBackbone
from pleura.tasks.selfsup.cells import rearranged
from pleura.tasks.selfsup.method import Method, Pretrainer
from pleura.tasks.selfsup.restoring import RestoringPretrainer
from pleura.train.loop import Draw


class ContextRestoration(Method):
    """Restore an image in which pairs of patches have changed places (Chen et al. 2019).

    Medical Image Analysis 58, 101539. All pairs of an image are chosen at once, out of squares
    beside each other, so that no patch moves twice.
    """

    patch: float = Field(0.125, gt=0, le=0.5, description="a patch's side, share of the image's")
    moved: float = Field(0.5, gt=0, le=1, description="share of the patches that change places")

    def build(self, loaded: LoadedBackbone, views: Views, *, size: int, seed: int) -> Pretrainer:
        """Raises InputError where the patches would be less than 2 pixels wide."""
        side = round(self.patch * size)
        if side < 2:
            raise InputError(
                f"context_restoration: patches of {self.patch:g} of {size} pixels are too small; "
                f"set `patch` to at least {2 / size:.2g}"
            )
        return ContextRestorer(loaded, views, side=side, moved=self.moved, seed=seed)


class ContextRestorer(RestoringPretrainer):
    """Patches of `side` pixels; the share `moved` of them swaps places in pairs."""

    def __init__(
        self, loaded: LoadedBackbone, views: Views, *, side: int, moved: float, seed: int
    ) -> None:
        super().__init__(loaded, views, seed=seed)
        self.side, self.moved = side, moved

    def spoil(self, images: Tensor, draw: Draw) -> Tensor:
        """See `RestoringPretrainer`."""
        generator = draw.generator("patches", images.device)

        def swap(cells: Tensor) -> Tensor:
            n, count = len(cells) * draw.world, cells.shape[2]
            chance = torch.rand(n, count, generator=generator, device=cells.device)
            places = draw.mine(swapped(chance, max(1, round(count * self.moved / 2))))
            return cells.gather(2, places.unsqueeze(1).expand_as(cells))

        return rearranged(images, self.side, generator, swap)


def swapped(chance: Tensor, pairs: int) -> Tensor:
    """The places 0, 1, ... (n, count) with `pairs` of them exchanged, by numbers (n, count)."""
    order = chance.argsort(dim=1)
    first, second = order[:, :pairs], order[:, pairs : 2 * pairs]
    places = torch.arange(chance.shape[1], device=chance.device).repeat(len(chance), 1)
    return places.scatter(1, first, second).scatter(1, second, first)
