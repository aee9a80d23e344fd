"""Random views of gray images, batched on the device they train on: what self-supervised methods
compare.

Sampling is apart from showing, so that a view can be replayed, and drawn for a batch that several
processes share. Made for radiographs and ultrasound: there is no colour to vary, nothing is turned
upside down, and a crop keeps most of the anatomy.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from pleura.data.view_settings import Views as Views
from pleura.train import ahead
from pleura.train.task import Batch

VERSION = 1  # part of every key: raised whenever the same draw would show other views


@dataclass(frozen=True)
class SampledViews:
    """What was drawn for n images, one row each: everything that `show` needs."""

    untouched: Tensor  # (n, 1, 1, 1) bool
    theta: Tensor  # (n, 2, 3), from the view to the image, both from -1 to 1 as in affine_grid
    sigma: Tensor  # (n,), pixels; 0 where there is no blur
    exponent: Tensor  # (n, 1, 1, 1)
    gain: Tensor  # (n, 1, 1, 1)
    offset: Tensor  # (n, 1, 1, 1)
    noise: Tensor | None  # (n, 1, h, w)
    radius: int  # of the blur's kernel, pixels


def sample_views(settings: Views, shape: torch.Size, generator: torch.Generator) -> SampledViews:
    """Draw a view of each of n images of `shape` (n, 1, h, w), on the device of `generator`."""
    n, _, _, width = shape
    device, often = generator.device, settings.probability

    def uniform(low: float, high: float, *size: int) -> Tensor:
        return torch.rand(*size, generator=generator, device=device) * (high - low) + low

    def share(extent: float, *size: int) -> Tensor:
        """Factors from 1 - extent to its inverse, as often below 1 as above."""
        most = -math.log(1 - extent)
        return uniform(-most, most, *size).exp()

    def happens(probability: float) -> Tensor:
        return uniform(0, 1, n, 1, 1, 1) < probability

    theta = _crops(
        shape,
        area=uniform(settings.area, 1, n),
        aspect=share(settings.aspect, n),
        angle=uniform(-settings.rotation, settings.rotation, n).deg2rad(),
        place=uniform(-1, 1, n, 2),
        mirrored=uniform(0, 1, n) < settings.flip,
    )
    widest = settings.sigma * width
    blurred = uniform(0, 1, n) < settings.blur
    sigma = uniform(0.1 * widest, widest, n) * blurred
    exponent = share(settings.gamma, n, 1, 1, 1) ** happens(often.gamma)
    gain = share(settings.contrast, n, 1, 1, 1) ** happens(often.contrast)
    offset = uniform(-1, 1, n, 1, 1, 1) * settings.brightness * happens(often.brightness)
    noise = None
    if settings.noise > 0:
        spread = uniform(0, settings.noise, n, 1, 1, 1) * happens(often.noise)
        noise = torch.randn(shape, generator=generator, device=device).mul_(spread)
    return SampledViews(
        untouched=happens(settings.untouched),
        theta=theta,
        sigma=sigma,
        exponent=exponent,
        gain=gain,
        offset=offset,
        noise=noise,
        radius=math.ceil(2.5 * widest),
    )


def show(images: Tensor, sampled: SampledViews, batch: Batch) -> Tensor:
    """Views of images (n, 1, h, w) float in [0, 1], of the same shape and range.

    `sampled` is drawn for the whole batch; `batch` tells which of its rows these images are. All
    geometry is one bilinear resampling; contrast changes about the mean of each view.
    """
    grid = sampling_grid(batch.mine(sampled.theta), images.shape[2], images.shape[3])
    # No crop leaves the image; only halves of its outermost pixels can be asked for.
    x = functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
    sigma = batch.mine(sampled.sigma)
    blurred = sigma > 0
    if ahead.runs_ahead(x.device):
        # Of all, since which ones are blurred is known to the device alone.
        soft = gaussian_blur(x, sigma.masked_fill(~blurred, 1), sampled.radius)
        x = torch.where(blurred.view(-1, 1, 1, 1), soft, x)
    elif blurred.any():
        x[blurred] = gaussian_blur(x[blurred], sigma[blurred], sampled.radius)
    x = x.pow_(batch.mine(sampled.exponent))
    gain = batch.mine(sampled.gain)
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    x = torch.addcmul(mean * (1 - gain) + batch.mine(sampled.offset), x, gain)
    if sampled.noise is not None:
        x = x.add_(batch.mine(sampled.noise))
    return torch.where(batch.mine(sampled.untouched), images, x.clamp_(0, 1))


def gaussian_blur(images: Tensor, sigma: Tensor, radius: int) -> Tensor:
    """Images (n, 1, h, w), each blurred with its own `sigma` (n,), pixels, greater than 0.

    The kernel ends at `radius` pixels; the border is repeated outside.
    """
    n = len(images)
    distance = torch.arange(-radius, radius + 1, device=images.device)
    kernel = (-0.5 * (distance / sigma.unsqueeze(1)).square()).exp()
    kernel = kernel / kernel.sum(dim=1, keepdim=True)
    # Each image is a channel of one depthwise convolution: columns first, then rows.
    x = functional.pad(images.transpose(0, 1), (radius,) * 4, mode="replicate")
    x = functional.conv2d(x, kernel.view(n, 1, -1, 1), groups=n)
    return functional.conv2d(x, kernel.view(n, 1, 1, -1), groups=n).transpose(0, 1)


def sampling_grid(theta: Tensor, height: int, width: int) -> Tensor:
    """Where grid_sample takes each pixel from, (n, height, width, 2), by matrices (n, 2, 3).

    This is torch's affine_grid without `align_corners`, written as one sum, which is several times
    as fast on a CPU.
    """
    x, y = (pixel_centres(side, theta.device) for side in (width, height))
    along, down, centre = theta.unbind(dim=2)
    rows = along.unsqueeze(1) * x.unsqueeze(1)  # (n, w, 2)
    columns = down.unsqueeze(1) * y.unsqueeze(1) + centre.unsqueeze(1)  # (n, h, 2)
    return columns.unsqueeze(2) + rows.unsqueeze(1)


def pixel_centres(side: int, device: torch.device) -> Tensor:
    """The places (side,) of the pixels along a side that goes from -1 to 1, as grid_sample has
    them."""
    return (torch.arange(side, device=device) * 2 + 1) / side - 1


def _crops(
    shape: torch.Size,
    *,
    area: Tensor,
    aspect: Tensor,
    angle: Tensor,
    place: Tensor,
    mirrored: Tensor,
) -> Tensor:
    """Matrices (n, 2, 3) for affine_grid that crop n images.

    A crop has the share `area` of the image and `aspect` times its ratio of width to height; it is
    turned by `angle` (radians) and lies at `place`, -1 to 1 of the room that there is. A turned
    crop shrinks until it lies inside the image.
    """
    extent = ahead.constant(
        (shape[3], shape[2]), torch.int64, area.device
    )  # twice what 1 stands for
    cos, sin = angle.cos().unsqueeze(1), angle.sin().unsqueeze(1)
    sides = torch.stack([(area * aspect).sqrt(), (area / aspect).sqrt()], dim=1) * extent
    reach = sides * cos.abs() + sides.flip(1) * sin.abs()
    shrink = (extent / reach).amin(dim=1, keepdim=True).clamp(max=1)
    sides, reach = sides * shrink, reach * shrink
    way = 1 - 2 * mirrored.float().unsqueeze(1)  # a number in `where` makes the host wait
    across = sides[:, :1] * way * torch.cat([cos, sin], dim=1)
    down = sides[:, 1:] * torch.cat([-sin, cos], dim=1)
    return torch.stack([across / extent, down / extent, place * (1 - reach / extent)], dim=2)
