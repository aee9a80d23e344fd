"""Models Genesis: gray values bent, pixels shuffled, parts painted over; put it right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.tasks.selfsup.methods.restoring_method import RestoringMethod

if TYPE_CHECKING:
    from torch import Tensor

    from pleura.train.task import Batch

LEVELS = 256
CELL = 1 / 16  # side of the squares whose pixels are shuffled, share of the image's
WINDOWS = 5
INNER = (1 / 6, 1 / 3)  # sides of the windows that are painted over, shares of the image's
OUTER = (3 / 7, 4 / 7)  # sides of those around which all is painted over


class ModelsGenesis(RestoringMethod):
    """Restore an image with bent gray values, shuffled pixels, painted parts (Zhou et al. 2021).

    Medical Image Analysis 67, 101840. Each image meets each change with a chance of its own: those
    of the authors' code.
    """

    bending: float = Field(0.9, ge=0, le=1, description="chance that gray values follow a curve")
    shuffling: float = Field(0.5, ge=0, le=1, description="chance that nearby pixels are shuffled")
    painting: float = Field(0.9, ge=0, le=1, description="chance that parts are painted over")
    inner: float = Field(0.2, ge=0, le=1, description="share of the painted whose parts lie inside")

    def spoil(self, images: Tensor, batch: Batch) -> Tensor:
        """Pixels shuffled, then gray values bent, then parts painted over, as the authors do."""
        import torch

        from pleura.tasks.selfsup.cells import rearranged
        from pleura.train.ahead import constant

        generator = batch.generator("spoiling", images.device)
        size = list(images.shape[2:])

        def uniform(*shape: int) -> Tensor:
            return torch.rand(batch.size, *shape, generator=generator, device=images.device)

        def shuffle(cells: Tensor) -> Tensor:
            order = batch.mine(uniform(cells.shape[2], cells.shape[1])).argsort(dim=2)
            return cells.gather(1, order.transpose(1, 2))

        chances = self.shuffling, self.bending, self.painting, self.inner
        rates = constant(chances, torch.float32, images.device)
        chosen = batch.mine(uniform(1, 1, len(rates))) < rates
        shuffles, bends, paints, paints_inner = chosen.unsqueeze(4).unbind(dim=3)
        side = max(2, round(CELL * min(size)))
        x = torch.where(shuffles, rearranged(images, side, generator, shuffle), images)
        x = torch.where(bends, bent(x, batch.mine(uniform(5))), x)
        inner = windows(batch.mine(uniform(WINDOWS, 4)), size, INNER)
        outer = windows(batch.mine(uniform(WINDOWS, 4)), size, OUTER)
        painted = torch.where(paints_inner, inner, ~outer) & paints
        return torch.where(painted, batch.mine(uniform(1, *size)), x)


def bent(images: Tensor, curves: Tensor) -> Tensor:
    """Images (n, c, h, w) in [0, 1] whose gray values follow a Bezier curve each.

    `curves` (n, 5), 0 to 1: its two inner points, x and y each, and a number that makes it fall
    from 1 to 0 where it is below .5; else it rises from 0 to 1. It is monotone. Images are taken
    in 256 levels.
    """
    import torch

    t = torch.linspace(0, 1, 4 * LEVELS, device=images.device)
    first, second = curves[:, 0:2].unsqueeze(2), curves[:, 2:4].unsqueeze(2)
    along = 3 * (1 - t).square() * t * first + 3 * (1 - t) * t.square() * second + t**3
    x, y = along.unbind(dim=1)
    levels = torch.linspace(0, 1, LEVELS, device=images.device).expand(len(images), LEVELS)
    at = torch.searchsorted(x.contiguous(), levels.contiguous()).clamp(max=len(t) - 1)
    curve = y.gather(1, at)
    curve = torch.where(curves[:, 4:] < 0.5, 1 - curve, curve)
    level = (images * (LEVELS - 1)).round().long().flatten(1)
    return curve.gather(1, level).view_as(images)


def windows(chances: Tensor, size: list[int], sides: tuple[float, float]) -> Tensor:
    """Masks (n, 1, h, w) of the pixels within any of k windows, all inside an image of `size`.

    `chances` (n, k, 4), 0 to 1: height and width between the two of `sides` (shares of the
    image's), then the place.
    """
    import torch

    low, high = sides
    length = low + (high - low) * chances[:, :, :2]
    start = chances[:, :, 2:] * (1 - length)
    within = []
    for axis, side in enumerate(size):
        place = (torch.arange(side, device=chances.device) + 0.5) / side
        first, last = start[:, :, axis, None], (start + length)[:, :, axis, None]
        within.append(((place >= first) & (place < last)).float())
    return (within[0].transpose(1, 2) @ within[1] > 0).unsqueeze(1)
