"""Batched augmentation of gray images on the device they train on.

Sampling is apart from applying, so that an augmentation can be replayed: what happens to a batch
follows from its generator alone. No change happens to every image: a network adapts to what it
always sees, BatchNorm's statistics first, and images that are judged as they are would then be of
another kind than those it was trained on.
"""

from dataclasses import dataclass

import pleura._torchvision  # noqa: F401  isort: skip
import torch
from kornia.geometry.transform import get_affine_matrix2d, warp_affine
from torch import Tensor

from pleura.data.augment_settings import Augmentation as Augmentation
from pleura.data.random_changes import bend, sample_amounts, sharpen
from pleura.data.warping import about_centre, warped
from pleura.train import ahead

VERSION = 1  # part of every key: raised whenever the same draw would change images in another way


@dataclass(frozen=True)
class Variation:
    """What was drawn for a batch of n images: everything that `vary` needs."""

    flipped: Tensor  # (n, 1, 1, 1) bool
    moved: Tensor  # (n, 1, 1, 1) bool: whether `matrix` does anything
    matrix: Tensor  # (n, 2, 3), pixels, source to destination
    gain: Tensor  # (n, 1, 1, 1)
    offset: Tensor  # (n, 1, 1, 1)
    noise: Tensor | None  # (n, c, h, w)
    touched: Tensor  # (n,) bool: whether anything may happen to the image
    # Of `rand_augment` alone, (n, 1, 1, 1):
    power: Tensor | None = None  # of 2, the exponent of gray values
    sharpness: Tensor | None = None


def touched(settings: Augmentation, n: int, generator: torch.Generator) -> Tensor:
    """Which of n images may be changed, (n,) bool: the first that is drawn for a batch."""
    return torch.rand(n, generator=generator, device=generator.device) >= settings.untouched


def sample(settings: Augmentation, shape: torch.Size, generator: torch.Generator) -> Variation:
    """Draw a variation for images of `shape` (n, c, h, w), on the device of `generator`.

    Each amount is uniform from minus its largest value to its largest value, that of noise from 0.
    """
    n, _, height, width = shape
    device, often = generator.device, settings.probability

    def uniform(*size: int) -> Tensor:
        return torch.rand(*size, generator=generator, device=device)

    may_change = touched(settings, n, generator)

    def amount(most: float, probability: float, columns: int = 1) -> Tensor:
        """(n, columns), 0 where the change does not happen."""
        happens = (uniform(n) < probability) & may_change
        return (uniform(n, columns) * 2 - 1) * most * happens.unsqueeze(1)

    flipped = (uniform(n) < settings.flip) & may_change
    if settings.rand_augment:
        amounts = sample_amounts(settings.rand_augment, may_change, generator)
    else:
        amounts = {
            "rotation": amount(settings.rotation, often.rotation),
            "shift": amount(settings.shift, often.shift, 2),
            "scale": amount(settings.scale, often.scale),
            "contrast": amount(settings.contrast, often.contrast),
            "brightness": amount(settings.brightness, often.brightness),
        }
    angle, shift, scale = (amounts[name] for name in ("rotation", "shift", "scale"))
    extent = ahead.constant((width, height), torch.int64, device)
    if ahead.runs_ahead(device):
        change = {"shift": shift * extent, "scale": 1 + scale, "angle": angle}
        matrix = about_centre(**change, height=height, width=width)
    else:
        matrix = get_affine_matrix2d(
            translations=shift * extent,
            center=((extent - 1) / 2).expand(n, 2),
            scale=1 + scale.expand(n, 2),
            angle=angle.squeeze(1),
        )[:, :2]
    of_image = {name: value.view(n, 1, 1, 1) for name, value in amounts.items() if name != "shift"}
    noise = None
    if settings.noise > 0:
        spread = amount(settings.noise, often.noise).abs().view(n, 1, 1, 1)
        noise = torch.randn(shape, generator=generator, device=device).mul_(spread)
    return Variation(
        flipped=flipped.view(n, 1, 1, 1),
        moved=(torch.cat([angle, shift, scale], dim=1) != 0).any(dim=1).view(n, 1, 1, 1),
        matrix=matrix,
        gain=1 + of_image["contrast"],
        offset=of_image["brightness"],
        noise=noise,
        touched=may_change,
        power=of_image.get("power"),
        sharpness=of_image.get("sharpness"),
    )


def vary(images: Tensor, variation: Variation) -> Tensor:
    """Apply a variation to images (n, c, h, w) float in [0, 1]; the result has the same shape and
    range.

    Where a moved image leaves a place empty, its border is repeated, so that no black wedge marks
    it. Contrast changes about each image's mean. The geometry is kornia's, on devices that run
    ahead up to rounding. An image to which nothing happens stays as it is, bit for bit.
    """
    moved = _move(images, variation, "bilinear")
    mean = moved.mean(dim=(1, 2, 3), keepdim=True)
    moved = torch.addcmul(mean * (1 - variation.gain) + variation.offset, moved, variation.gain)
    if variation.power is not None and variation.sharpness is not None:
        moved = sharpen(bend(moved, variation.power), variation.sharpness)
    if variation.noise is not None:
        moved = moved.add_(variation.noise)
    return moved.clamp_(0, 1)


def vary_masks(masks: Tensor, variation: Variation) -> Tensor:
    """Move masks (n, h, w) uint8 as `vary` moves their images; each pixel takes the value of the
    nearest one."""
    moved = _move(masks.unsqueeze(1).to(torch.float32), variation, "nearest")
    return moved.squeeze(1).to(torch.uint8)


def to_float(images: Tensor) -> Tensor:
    """uint8 (n, h, w) to float32 (n, 1, h, w) in [0, 1]."""
    return images.unsqueeze(1).to(torch.float32).mul_(1 / 255)


def _move(images: Tensor, variation: Variation, mode: str) -> Tensor:
    """Flip and move images (n, c, h, w) float; those that are not moved are not resampled."""
    images = torch.where(variation.flipped, images.flip(-1), images)
    matrix = variation.matrix
    if ahead.runs_ahead(images.device):
        return torch.where(variation.moved, warped(images, matrix, mode), images)
    size = (images.shape[-2], images.shape[-1])
    moved: Tensor = warp_affine(
        images, matrix, size, mode=mode, padding_mode="border", align_corners=True
    )
    return torch.where(variation.moved, moved, images)
