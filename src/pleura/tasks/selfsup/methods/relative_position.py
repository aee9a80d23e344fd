"""Relative position: on which side of one patch does another lie?"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from pleura.errors import InputError
from pleura.tasks.selfsup.methods.method import Method, Setting

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from pleura.tasks.selfsup.pretrainer import Pretrainer
    from pleura.train.task import Batch

PATCH = 0.4  # side, share of the image's; two with a gap go into any image
GAP = (0.05, 0.2)  # between the patches, share of the image's side
JITTER = 0.05  # across their direction, share of the image's side
HIDDEN = 256
DIRECTIONS = tuple((x, y) for y in (-1, 0, 1) for x in (-1, 0, 1) if x or y)


class RelativePosition(Method):
    """Tell on which of eight sides of one patch another lies (Doersch et al. 2015).

    arXiv 1505.05192. Both patches are .4 of the image wide and shown at half its size, so that
    deep backbones have something to see at 64 pixels; a gap between them and a jitter keep lines
    from giving the answer away.
    """

    def modules(self, setting: Setting) -> dict[str, nn.Module]:
        """A small network on the pooled maps of both patches side by side.

        Raises InputError where the backbone takes no images of half the size.
        """
        from torch import nn

        _check_half_size(setting)
        head = nn.Sequential(
            nn.Linear(2 * setting.channels, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, len(DIRECTIONS))
        )
        return {"head": head}

    def loss(self, network: Pretrainer, images: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of the sides."""
        import torch
        from torch.nn import functional

        x = network.view(images, batch, 0)
        labels, centres = sample_pairs(batch.size, batch.generator("patches", x.device))
        first, second = (patches(x, batch.mine(centre)) for centre in centres)
        pair = network.features(torch.cat([first, second])).chunk(2)
        logits = network.own["head"](torch.cat(pair, dim=1))
        return functional.cross_entropy(logits, batch.mine(labels))


def sample_pairs(n: int, generator: torch.Generator) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Sides (n,) as places in `DIRECTIONS`, and the centres (n, 2), x and y, of both patches.

    The second patch lies on that side of the first. Both are inside an image from 0 to 1.
    """
    import torch

    from pleura.train.ahead import constant

    device = generator.device
    labels = torch.randint(len(DIRECTIONS), (n,), generator=generator, device=device)
    direction = constant(DIRECTIONS, torch.int64, device)[labels]
    low, high = GAP
    distance = PATCH + low + (high - low) * torch.rand(n, 2, generator=generator, device=device)
    jitter = JITTER * (torch.rand(n, 2, generator=generator, device=device) * 2 - 1)
    apart = torch.where(direction == 0, jitter, direction * distance)
    room = 1 - PATCH - apart.abs()
    corner = torch.rand(n, 2, generator=generator, device=device) * room
    first = corner + PATCH / 2 - apart.clamp(max=0)
    return labels, (first, first + apart)


def patches(images: Tensor, centres: Tensor) -> Tensor:
    """Patches (n, c, h // 2, w // 2) of images (n, c, h, w) around `centres` (n, 2), 0 to 1."""
    import torch
    from torch.nn import functional

    from pleura.data.views import sampling_grid

    n, _, height, width = images.shape
    scale = PATCH * torch.eye(2, device=images.device).expand(n, 2, 2)
    theta = torch.cat([scale, (centres * 2 - 1).unsqueeze(2)], dim=2)
    grid = sampling_grid(theta, height // 2, width // 2)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def _check_half_size(setting: Setting) -> None:
    import torch

    side = setting.size // 2
    # On the meta device a size is tried without memory or arithmetic.
    ghost = copy.deepcopy(setting.backbone).eval().to("meta")
    try:
        ghost(torch.zeros(1, len(setting.loaded.mean), side, side, device="meta"))
    except InputError as error:
        raise InputError(
            f"relative_position shows patches of half the image, here {side} pixels: {error}",
            ["double that is the size of images it needs"],
        ) from error
