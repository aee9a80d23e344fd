"""Relative position: on which side of one patch does another lie?"""

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional

from pleura.data.views import Views, sampling_grid
from pleura.errors import InputError
from pleura.models.build import LoadedBackbone
from pleura.models.seeding import seeded
from pleura.tasks.selfsup.pretrainer import Pretrainer
from pleura.train.task import Batch

PATCH = 0.4  # side, share of the image's; two with a gap go into any image
GAP = (0.05, 0.2)  # between the patches, share of the image's side
JITTER = 0.05  # across their direction, share of the image's side
HIDDEN = 256
DIRECTIONS = [(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1) if x or y]


def build(loaded: LoadedBackbone, views: Views, *, size: int, seed: int) -> Pretrainer:
    """Raises InputError where the backbone takes no images of half the size."""
    side = size // 2
    ghost = copy.deepcopy(loaded.backbone).eval().to("meta")
    try:
        ghost(torch.zeros(1, len(loaded.mean), side, side, device="meta"))
    except InputError as error:
        raise InputError(
            f"relative_position shows patches of half the image, here {side} pixels: {error}",
            ["double that is the size of images it needs"],
        ) from error
    return RelativePositionPretrainer(loaded, views, seed=seed)


class RelativePositionPretrainer(Pretrainer):
    """A backbone that sees both patches, and a small network on their pooled maps side by side."""

    def __init__(self, loaded: LoadedBackbone, views: Views, *, seed: int) -> None:
        super().__init__(loaded, views)
        with seeded(seed):
            self.head = nn.Sequential(
                nn.Linear(2 * loaded.backbone.cuts[-1].channels, HIDDEN),
                nn.ReLU(),
                nn.Linear(HIDDEN, len(DIRECTIONS)),
            )

    def forward(self, images: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of the sides; images as in `Pretrainer`."""
        x = self.view(images, batch, 0)
        n = batch.size
        labels, centres = sample_pairs(n, batch.generator("patches", x.device))
        first, second = (patches(x, batch.mine(centre)) for centre in centres)
        pair = self.features(torch.cat([first, second])).chunk(2)
        return functional.cross_entropy(self.head(torch.cat(pair, dim=1)), batch.mine(labels))


def sample_pairs(n: int, generator: torch.Generator) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Sides (n,) as places in `DIRECTIONS`, and the centres (n, 2), x and y, of both patches.

    The second patch lies on that side of the first. Both are inside an image from 0 to 1.
    """
    device = generator.device
    labels = torch.randint(len(DIRECTIONS), (n,), generator=generator, device=device)
    direction = torch.tensor(DIRECTIONS, device=device)[labels]
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
    n, _, height, width = images.shape
    scale = PATCH * torch.eye(2, device=images.device).expand(n, 2, 2)
    theta = torch.cat([scale, (centres * 2 - 1).unsqueeze(2)], dim=2)
    grid = sampling_grid(theta, height // 2, width // 2)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
