"""Mixup: images of a batch mixed with others of it, on the device they train on.

Zhang, Cisse, Dauphin and Lopez-Paz (2018), mixup: Beyond empirical risk minimization, arXiv
1710.09412. As there, a batch has one share, drawn from a beta distribution, and its images have
partners among themselves. That of torchvision draws from the global generator and mixes every
image; here all follows from the batch, and some images stay as they are.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pleura.data.augment_settings import Mixup
from pleura.randomness import seed_of
from pleura.train import ahead

VERSION = 1  # part of the keys of trainings that mix: raised whenever a draw would mix otherwise


@dataclass(frozen=True)
class Mixture:
    """How a batch of n images is mixed: `partners` (n,) int64 are the places of the images that
    each is mixed with, its own where it stays as it is; `share` is what counts of itself."""

    partners: Tensor
    share: float


def sample_mixture(settings: Mixup, touched: Tensor, seed: int) -> Mixture:
    """Draw a mixture from the seed of a batch, for its images of which those that are `touched`
    (n,) bool may be changed.

    It is drawn on the host, so that every device mixes alike, and no device is waited for.
    """
    rng = np.random.default_rng(seed_of(seed, "mixup"))
    share, n = float(rng.beta(settings.alpha, settings.alpha)), len(touched)
    own, others = np.arange(n), rng.permutation(n)
    chosen = np.where(rng.random(n) < settings.probability, others, own)
    drawn, there = (ahead.upload(torch.from_numpy(at), touched.device) for at in (chosen, own))
    return Mixture(torch.where(touched, drawn, there), share)


def mix(values: Tensor, mixture: Mixture) -> Tensor:
    """Values (n, ...) float mixed with those of their partners; what is its own partner stays as it
    is, bit for bit."""
    return torch.lerp(values, values[mixture.partners], 1 - mixture.share)
