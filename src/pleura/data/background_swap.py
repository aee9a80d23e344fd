"""Backgrounds of training images, exchanged: what lies outside of the lungs comes with any label.

Where another image is shown, it is shown outside of the lungs of both: an image never gets what
lies in the lungs of another, whose label is not its own. Nothing is read from the device.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

VERSION = 1  # part of every key: raised whenever the same draw would change images in another way

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Swaps:
    """What was drawn for a batch of n images.

    partner: (n,) int64, the image of the batch whose background each gets, itself where none.
    changed: (n,) bool, whether it gets one.
    """

    partner: Rows
    changed: NDArray[np.bool_]


def sample_swaps(with_lungs: NDArray[np.bool_], untouched: float, rng: Generator) -> Swaps:
    """Draw backgrounds among the images of a batch whose lungs are known, `with_lungs` (n,); a
    share of them stays `untouched`, and so do all others. None gets its own."""
    n = len(with_lungs)
    chosen = rng.random(n) >= untouched
    order = rng.permutation(np.flatnonzero(with_lungs))
    partner = np.arange(n)
    partner[order] = np.roll(order, 1)
    return Swaps(partner, chosen & (partner != np.arange(n)))


def swap_backgrounds(images: Tensor, lungs: Tensor, partner: Tensor, changed: Tensor) -> Tensor:
    """Images (n, 1, h, w) with the backgrounds of others; `lungs` (n, h, w) bool, `partner` and
    `changed` (n,) as in `Swaps`, all on one device. What does not change stays bit for bit."""
    kept = lungs | lungs.index_select(0, partner) | ~changed[:, None, None]
    return torch.where(kept.unsqueeze(1), images, images.index_select(0, partner))
