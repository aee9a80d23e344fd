"""Batched augmentation of gray images on the device they train on.

Sampling is apart from applying, so that an augmentation can be replayed: what happens to a batch
follows from its generator alone.
"""

from dataclasses import dataclass

import pleura._torchvision  # noqa: F401  isort: skip
import torch
from kornia.geometry.transform import get_affine_matrix2d, warp_affine
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor


class Augmentation(BaseModel):
    """How far images may be varied. The defaults suit frontal chest X-rays: the patient may stand
    a little askew, nearer or further, and the exposure differs; nothing is turned upside down.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    flip: float = Field(0.5, ge=0, le=1, description="probability of a left-right flip")
    rotation: float = Field(10.0, ge=0, le=180, description="largest angle, degrees")
    shift: float = Field(0.05, ge=0, le=0.5, description="largest shift, share of the width")
    scale: float = Field(0.1, ge=0, lt=1, description="largest change of size, share")
    brightness: float = Field(0.1, ge=0, le=1, description="largest offset, share of full range")
    contrast: float = Field(0.2, ge=0, lt=1, description="largest change of contrast, share")
    noise: float = Field(0.02, ge=0, le=1, description="standard deviation, share of full range")


@dataclass(frozen=True)
class Variation:
    """One draw for a batch of n images: everything `vary` needs."""

    matrix: Tensor  # (n, 2, 3), pixels, source to destination
    gain: Tensor  # (n, 1, 1, 1)
    offset: Tensor  # (n, 1, 1, 1)
    noise: Tensor | None  # (n, c, h, w)


def sample(settings: Augmentation, shape: torch.Size, generator: torch.Generator) -> Variation:
    """Draw a variation for images of `shape` (n, c, h, w), on the device of `generator`."""
    n, _, height, width = shape
    device = generator.device

    def uniform(extent: float, *size: int) -> Tensor:
        return (torch.rand(*size, generator=generator, device=device) * 2 - 1) * extent

    flips = torch.rand(n, generator=generator, device=device) < settings.flip
    extent = torch.tensor([width, height], device=device)
    scale = 1 + uniform(settings.scale, n, 1).expand(n, 2)
    matrix = get_affine_matrix2d(
        translations=uniform(settings.shift, n, 2) * extent,
        center=((extent - 1) / 2).expand(n, 2),
        scale=scale,
        angle=uniform(settings.rotation, n),
    )
    mirror = torch.eye(3, device=device).repeat(n, 1, 1)
    mirror[flips, 0, 0] = -1
    mirror[flips, 0, 2] = width - 1
    noise = None
    if settings.noise > 0:
        noise = torch.randn(shape, generator=generator, device=device).mul_(settings.noise)
    return Variation(
        matrix=(matrix @ mirror)[:, :2],
        gain=1 + uniform(settings.contrast, n, 1, 1, 1),
        offset=uniform(settings.brightness, n, 1, 1, 1),
        noise=noise,
    )


def vary(images: Tensor, variation: Variation) -> Tensor:
    """Apply a variation: images (n, c, h, w) float in [0, 1] to the same shape and range.

    What moves in from outside repeats the border, so that no black wedge marks a turned image.
    Contrast turns about each image's mean. Geometry: kornia.
    """
    size = (images.shape[-2], images.shape[-1])
    moved: Tensor = warp_affine(
        images, variation.matrix, size, padding_mode="border", align_corners=True
    )
    mean = moved.mean(dim=(1, 2, 3), keepdim=True)
    moved = torch.addcmul(mean * (1 - variation.gain) + variation.offset, moved, variation.gain)
    if variation.noise is not None:
        moved = moved.add_(variation.noise)
    return moved.clamp_(0, 1)


def vary_masks(masks: Tensor, variation: Variation) -> Tensor:
    """Move masks (n, h, w) uint8 as `vary` moves their images; each pixel takes the nearest one."""
    moved = warp_affine(
        masks.unsqueeze(1).to(torch.float32),
        variation.matrix,
        (masks.shape[-2], masks.shape[-1]),
        mode="nearest",
        padding_mode="border",
        align_corners=True,
    )
    return moved.squeeze(1).to(torch.uint8)


def to_float(images: Tensor) -> Tensor:
    """uint8 (n, h, w) to float32 (n, 1, h, w) in [0, 1]."""
    return images.unsqueeze(1).to(torch.float32).mul_(1 / 255)
