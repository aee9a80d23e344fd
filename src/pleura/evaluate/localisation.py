"""How much of a heat map lies in a mask, on a grid that is the same for all networks."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from pleura.evaluate.heatmaps import GRID
from pleura.evaluate.ranking import Floats

Maps = NDArray[np.float32]


def masks_on_grid(masks: NDArray[np.bool_]) -> Maps:
    """Share of each place of the grid that a mask (n, h, w) covers: (n, 28, 28) in 0..1."""
    covered = torch.from_numpy(masks.astype(np.float32))[:, None]
    return functional.interpolate(covered, (GRID, GRID), mode="area")[:, 0].numpy()


def mass_in_masks(maps: Maps, masks: Maps) -> Floats:
    """Share of the mass of maps (n, y, x), >= 0, that lies in `masks` (n, y, x) in 0..1: (n,).

    A map spread evenly has the mean of its mask; one without mass has nan.
    """
    mass = maps.sum(axis=(1, 2), dtype=np.float64)
    mass_inside = (maps * masks).sum(axis=(1, 2), dtype=np.float64)
    return np.where(mass > 0, mass_inside / np.where(mass > 0, mass, 1), np.nan)


def pointing_game(maps: Maps, masks: Maps) -> Floats:
    """The pointing game (Zhang et al. 2016, arXiv 1608.00507): how much of the place where a map
    (n, y, x) is largest its mask covers, (n,); by chance, the mean of the mask.

    Of equally large places the mean; nan for a map without mass.
    """
    largest = maps.max(axis=(1, 2), keepdims=True)
    at = (maps == largest) & (largest > 0)
    count = at.sum(axis=(1, 2))
    hit = (at * masks).sum(axis=(1, 2), dtype=np.float64)
    return np.where(count > 0, hit / np.maximum(count, 1), np.nan)
