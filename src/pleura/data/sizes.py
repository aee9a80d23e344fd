"""Sizes of images that grow while a training goes on.

Progressive learning (Tan and Le 2021, EfficientNetV2, arXiv 2104.00298): early steps on small
images are cheap, and learn the coarse first. Judging is at the full size throughout; so one batch
in five has it from the start, and the last steps have nothing else.
"""

from collections.abc import Sequence

import numpy as np
from torch import Tensor
from torch.nn import functional

from pleura.randomness import seed_of

VERSION = 1  # part of the keys of trainings that grow: raised whenever they would grow otherwise
WHOLE = 0.2  # share of the batches that have the full size from the start


def side_at(sizes: Sequence[int], full: int, progress: float, seed: int) -> int:
    """The side of the images of a batch with a seed, pixels, after a share `progress` of the steps.

    Each of `sizes` and the `full` one, which is the last, has as many steps.
    """
    if np.random.default_rng(seed_of(seed, "size")).random() < WHOLE:
        return full
    stages = (*sizes, full)
    return stages[min(int(progress * len(stages)), len(stages) - 1)]


def resized(images: Tensor, side: int) -> Tensor:
    """Images (n, c, h, h) at another side, bilinear and without aliases; as they are at their
    own."""
    if images.shape[-1] == side:
        return images
    return functional.interpolate(images, (side, side), mode="bilinear", antialias=True)


def resized_masks(masks: Tensor, side: int) -> Tensor:
    """Masks (n, h, h) uint8 at another side; each pixel takes the value of the nearest one."""
    if masks.shape[-1] == side:
        return masks
    given = masks.unsqueeze(1).float()
    return functional.interpolate(given, (side, side), mode="nearest-exact").squeeze(1).byte()


def full_from(sizes: Sequence[int]) -> float:
    """The share of the steps after which all images have the full size."""
    return len(sizes) / (len(sizes) + 1)
