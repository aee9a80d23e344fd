"""Context restoration: parts of an image have changed places; put it right."""

import torch
from torch import Tensor

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.tasks.selfsup.cells import rearranged
from pleura.tasks.selfsup.restoring import RestoringPretrainer
from pleura.train.task import Batch


class ContextRestorer(RestoringPretrainer):
    """Patches of `side` pixels; the share `moved` of them swaps places in pairs."""

    def __init__(
        self, loaded: LoadedBackbone, views: Views, *, side: int, moved: float, seed: int
    ) -> None:
        super().__init__(loaded, views, seed=seed)
        self.side, self.moved = side, moved

    def spoil(self, images: Tensor, batch: Batch) -> Tensor:
        """See `RestoringPretrainer`."""
        generator = batch.generator("patches", images.device)

        def swap(cells: Tensor) -> Tensor:
            n, count = batch.size, cells.shape[2]
            chance = torch.rand(n, count, generator=generator, device=cells.device)
            places = batch.mine(swapped(chance, max(1, round(count * self.moved / 2))))
            return cells.gather(2, places.unsqueeze(1).expand_as(cells))

        return rearranged(images, self.side, generator, swap)


def swapped(chance: Tensor, pairs: int) -> Tensor:
    """The places 0, 1, ... (n, count) with `pairs` of them exchanged, by numbers (n, count)."""
    order = chance.argsort(dim=1)
    first, second = order[:, :pairs], order[:, pairs : 2 * pairs]
    places = torch.arange(chance.shape[1], device=chance.device).repeat(len(chance), 1)
    return places.scatter(1, first, second).scatter(1, second, first)
