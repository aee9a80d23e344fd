"""Context restoration: parts of an image have changed places; put it right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.errors import InputError
from pleura.tasks.selfsup.methods.method import Setting
from pleura.tasks.selfsup.methods.restoring_method import RestoringMethod

if TYPE_CHECKING:
    from torch import Tensor, nn

    from pleura.train.task import Batch


class ContextRestoration(RestoringMethod):
    """Restore an image in which pairs of patches have changed places (Chen et al. 2019).

    Medical Image Analysis 58, 101539. All pairs of an image are chosen at once, out of squares
    beside each other, so that no patch moves twice.
    """

    patch: float = Field(0.125, gt=0, le=0.5, description="a patch's side, share of the image's")
    moved: float = Field(0.5, gt=0, le=1, description="share of the patches that change places")

    def modules(self, setting: Setting) -> dict[str, nn.Module]:
        """The decoder. Raises InputError where the patches would be less than 2 pixels wide."""
        if round(self.patch * setting.size) < 2:
            raise InputError(
                f"context_restoration: patches of {self.patch:g} of {setting.size} pixels are too "
                f"small; set `patch` to at least {2 / setting.size:.2g}"
            )
        return super().modules(setting)

    def spoil(self, images: Tensor, batch: Batch) -> Tensor:
        """Pairs of patches change places."""
        import torch

        from pleura.tasks.selfsup.cells import rearranged

        generator = batch.generator("patches", images.device)

        def swap(cells: Tensor) -> Tensor:
            count = cells.shape[2]
            chance = torch.rand(batch.size, count, generator=generator, device=cells.device)
            places = batch.mine(swapped(chance, max(1, round(count * self.moved / 2))))
            return cells.gather(2, places.unsqueeze(1).expand_as(cells))

        return rearranged(images, round(self.patch * images.shape[3]), generator, swap)


def swapped(chance: Tensor, pairs: int) -> Tensor:
    """The places 0, 1, ... (n, count) with `pairs` of them exchanged, by numbers (n, count)."""
    import torch

    order = chance.argsort(dim=1)
    first, second = order[:, :pairs], order[:, pairs : 2 * pairs]
    places = torch.arange(chance.shape[1], device=chance.device).repeat(len(chance), 1)
    return places.scatter(1, first, second).scatter(1, second, first)
