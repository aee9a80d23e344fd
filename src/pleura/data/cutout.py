"""Cutout: a square of each image hidden, on the device it trains on.

DeVries and Taylor (2017), Improved regularization of convolutional neural networks with cutout,
arXiv 1708.04552. There the square is 0 after normalisation, the mean of all images; here it has the
mean of its own image, which differs between X-rays and ultrasound, so that its gray value is none
that only hidden places have.
"""

import torch
from torch import Tensor

from pleura.data.augment_settings import Cutout

VERSION = 1  # part of the keys of trainings that hide: raised whenever other places are hidden


def sample_holes(
    settings: Cutout, touched: Tensor, images: Tensor, generator: torch.Generator
) -> Tensor:
    """Which pixels are hidden of images (n, 1, h, w): (n, 1, h, w) bool; none of those that are not
    `touched` (n,) bool. As in the paper the middle of a square lies anywhere in the image, so that
    a part of it may lie outside."""
    n, size, device = len(touched), images.shape[2:], generator.device
    drawn = torch.rand(n, 3, generator=generator, device=device)
    happens = (drawn[:, 0] < settings.probability) & touched
    half = settings.side * size[-1] / 2
    inside = [
        (torch.arange(side, device=device) + 0.5 - drawn[:, axis, None] * side).abs() < half
        for axis, side in enumerate(size, start=1)
    ]
    hidden = inside[0].unsqueeze(2) & inside[1].unsqueeze(1) & happens.view(n, 1, 1)
    return hidden.unsqueeze(1)


def hide(images: Tensor, holes: Tensor) -> Tensor:
    """Images (n, 1, h, w) with their own mean where `holes` are."""
    return torch.where(holes, images.mean(dim=(1, 2, 3), keepdim=True), images)
