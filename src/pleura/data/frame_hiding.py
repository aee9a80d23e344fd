"""Frames of training images, hidden or exchanged: side markers, text, borders and collimators stop
being a clue.

A frame that is only hidden makes the network used to images without one; whoever has a mark would
still be told by it where it is shown. An exchanged frame takes that away: its mark comes with any
label. As in `pleura.data.augment`, sampling is apart from applying, all is drawn for the whole
batch from its generator, and no image need be looked at by the host.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from pleura.data.shortcut_settings import HideFrame

VERSION = 1  # part of every key: raised whenever the same draw would change images in another way


@dataclass(frozen=True)
class Frames:
    """What was drawn for a batch of n images: everything that `hide_frames` needs.

    hidden: (n, 1, h, w) bool, the frame of each image, nowhere true where it stays as it is.
    swapped: (n, 1, 1, 1) bool, whether the frame of another image stands there. partner: (n,)
    int64, which image of the batch that is; no image is its own where there are two or more.
    """

    hidden: Tensor
    swapped: Tensor
    partner: Tensor


def sample_frames(settings: HideFrame, shape: torch.Size, generator: torch.Generator) -> Frames:
    """Draw frames for images of `shape` (n, 1, h, w), on the device of `generator`.

    Widths are uniform between the narrowest and the widest, for each edge by itself.
    """
    n, _, height, width = shape
    device = generator.device

    def uniform(*size: int) -> Tensor:
        return torch.rand(*size, generator=generator, device=device)

    changed = (uniform(n) >= settings.untouched).view(n, 1, 1, 1)
    swapped = (uniform(n) < settings.swapped).view(n, 1, 1, 1)
    between = settings.widest - settings.narrowest
    left, top, right, bottom = (settings.narrowest + between * uniform(n, 4)).T
    y, x = ((torch.arange(side, device=device) + 0.5) / side for side in (height, width))
    across = (x >= left[:, None]) & (x < 1 - right[:, None])
    down = (y >= top[:, None]) & (y < 1 - bottom[:, None])
    inside = (down[:, :, None] & across[:, None, :]).unsqueeze(1)
    return Frames(~inside & changed, swapped, partners(n, generator))


def partners(n: int, generator: torch.Generator) -> Tensor:
    """For each of n images another one, each of them once: (n,) int64; of one image itself."""
    order = torch.rand(n, generator=generator, device=generator.device).argsort()
    return torch.empty_like(order).scatter_(0, order, order.roll(1))


def hide_frames(images: Tensor, frames: Frames, fill: Tensor) -> Tensor:
    """Images (n, 1, h, w) with their frames hidden by `fill` (h, w), or by those of others.

    An image to which nothing happens stays as it is, bit for bit.
    """
    shown = torch.where(frames.swapped, images[frames.partner], fill)
    return torch.where(frames.hidden, shown, images)
