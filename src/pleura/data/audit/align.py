"""Laying one image onto another that shows the same, cut differently."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from torch import Tensor
from torch.nn.functional import grid_sample

from pleura.data.alike import COARSE, SIDE

QUICK = ((16, 8), (32, 8))  # pixels of a side, and how often the place is bettered at that size
EXACT = (*QUICK, (64, 6))
PROMISING = 0.8  # likeness after the quick steps from which on the exact ones are taken
SMOOTH = 3.0  # pixels of the smaller of these; what is smoother says chest, not whose
DAMPING = 0.01  # of the mean of the diagonal, so that empty images stay where they are
SMALLEST, LARGEST, FARTHEST = 0.7, 1.4, 0.35  # scales, and shifts in halves of an image

Images = NDArray[np.float32]


def likeness(images: Images, onto: Images) -> NDArray[np.float32]:
    """(n,) correlations of `images` (n, 64, 64) that are laid onto their partners in `onto`: of
    thumbnails without coarse shades, as in `pleura.data.alike`, where both are covered."""
    alike = _correlate(*align(images, onto, QUICK), onto)
    close = np.flatnonzero(alike > PROMISING)
    if len(close):
        alike[close] = _correlate(*align(images[close], onto[close], EXACT), onto[close])
    return alike


def align(
    images: Images, onto: Images, steps: Sequence[tuple[int, int]] = EXACT
) -> tuple[Images, NDArray[np.bool_]]:
    """Lay each of the `images` (n, side, side) onto its partner in `onto`, stretched and shifted.

    Returns the images as they then lie, (n, side, side), and where they cover their partners. The
    sum of squared differences is made smaller step by step (Lucas and Kanade, 1981), first of
    smaller images. Stretching is apart for width and height; nothing is turned.
    """
    place = torch.tensor([1.0, 0, 1, 0]).repeat(len(images), 1)
    for side, repeats in steps:
        smooth = SMOOTH * side / steps[0][0]
        moving, fixed = (_edges(_reduced(of, side), smooth) for of in (images, onto))
        down, across = torch.gradient(moving, dim=(1, 2))
        layers = torch.stack((moving, across * side / 2, down * side / 2), dim=1)
        for _ in range(repeats):
            place = _better(place, layers, fixed)
    grid, covered = _grid(place, images.shape[-1])
    moved = grid_sample(torch.from_numpy(images)[:, None], grid, align_corners=False)
    return moved[:, 0].numpy(), covered.numpy()


def _correlate(moved: Images, covered: NDArray[np.bool_], onto: Images) -> NDArray[np.float32]:
    inside = _reduced(covered.astype(np.float32), SIDE) > 0.99
    weights = gaussian_filter(inside.astype(np.float32), (0, COARSE, COARSE))
    one, other = (_fine(_reduced(of, SIDE), inside, weights) for of in (moved, onto))
    norms = np.sqrt((one**2).sum(axis=(1, 2)) * (other**2).sum(axis=(1, 2)))
    alike: NDArray[np.float32] = (one * other).sum(axis=(1, 2)) / np.maximum(norms, 1e-3)
    return alike


def _better(place: Tensor, layers: Tensor, fixed: Tensor) -> Tensor:
    """One step of Gauss and Newton for `place` (n, 4): scale and shift across, and down."""
    side = fixed.shape[-1]
    grid, covered = _grid(place, side)
    seen = covered.float()
    moved, across, down = grid_sample(layers, grid, align_corners=False).unbind(1)
    moved, target = _centred(moved, seen), _centred(fixed, seen)
    gain = (moved * target).sum((1, 2)) / (moved**2).sum((1, 2)).clamp(min=1e-6)
    missing = target - gain[:, None, None] * moved
    y, x = _coordinates(side)
    slopes = torch.stack((across * x, across, down * y, down), dim=1) * seen[:, None]
    slopes = slopes.flatten(2) * gain.clamp(min=0.3)[:, None, None]
    curvature = slopes @ slopes.mT
    damping = DAMPING * curvature.diagonal(dim1=1, dim2=2).mean(1) + 1e-6
    curvature = curvature + damping[:, None, None] * torch.eye(4)
    step = torch.linalg.solve(curvature, slopes @ missing.flatten(1)[..., None])[..., 0]
    place = place + step.clamp(-0.1, 0.1)
    scales, shifts = place[:, ::2], place[:, 1::2]
    kept = scales.clamp(SMALLEST, LARGEST), shifts.clamp(-FARTHEST, FARTHEST)
    return torch.stack(kept, dim=2).flatten(1)


def _grid(place: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Where in its image each pixel is taken from, -1 to 1, and whether that is inside."""
    y, x = _coordinates(side)
    across = place[:, 0, None, None] * x + place[:, 1, None, None]
    down = place[:, 2, None, None] * y + place[:, 3, None, None]
    return torch.stack((across, down), dim=-1), (across.abs() <= 1) & (down.abs() <= 1)


def _coordinates(side: int) -> tuple[Tensor, Tensor]:
    """The vertical and the horizontal places of pixels, -1 to 1."""
    middles = (torch.arange(side) + 0.5) / side * 2 - 1
    y, x = torch.meshgrid(middles, middles, indexing="ij")
    return y, x


def _centred(images: Tensor, seen: Tensor) -> Tensor:
    count = seen.sum((1, 2), keepdim=True).clamp(min=1)
    return (images - (images * seen).sum((1, 2), keepdim=True) / count) * seen


def _reduced(images: Images, side: int) -> Images:
    count, large, _ = images.shape
    by = large // side
    reduced: Images = images.reshape(count, side, by, side, by).mean(axis=(2, 4))
    return reduced


def _edges(images: Images, smooth: float) -> Tensor:
    """The images without their coarse shades, of standard deviation 1."""
    fine = torch.from_numpy(images - gaussian_filter(images, (0, smooth, smooth), mode="nearest"))
    return fine / fine.std((1, 2), keepdim=True).clamp(min=1e-3)


def _fine(images: Images, inside: NDArray[np.bool_], weights: Images) -> Images:
    """The images without coarse shades and mean, both taken of what is `inside`; 0 outside."""
    coarse = gaussian_filter(images * inside, (0, COARSE, COARSE)) / np.maximum(weights, 1e-3)
    fine = (images - coarse) * inside
    count = np.maximum(inside.sum(axis=(1, 2), keepdims=True), 1)
    centred: Images = (fine - fine.sum(axis=(1, 2), keepdims=True) / count) * inside
    return centred
