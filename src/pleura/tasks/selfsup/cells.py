"""Square cells of images whose contents change places."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from pleura.train import ahead


def rearranged(
    images: Tensor, side: int, generator: torch.Generator, change: Callable[[Tensor], Tensor]
) -> Tensor:
    """A copy of images (n, 1, h, w) whose cells of `side` pixels `change` has rearranged.

    `change` takes and gives the cells as columns (n, side * side, number of cells). Where the first
    cell begins is drawn for all images together; what is left of a cell at the borders stays.
    """
    drawing = generator
    if ahead.runs_ahead(generator.device):  # the host draws what it must know
        drawing = torch.Generator().manual_seed(generator.initial_seed())
    top, left = torch.randint(side, (2,), generator=drawing).tolist()
    height, width = (
        (length // side) * side for length in (images.shape[2] - top, images.shape[3] - left)
    )
    images = images.clone()
    region = images[:, :, top : top + height, left : left + width]
    cells = change(functional.unfold(region, side, stride=side))
    region.copy_(functional.fold(cells, (height, width), side, stride=side))
    return images
