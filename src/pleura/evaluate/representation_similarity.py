"""How alike two networks see the same images, cut by cut: linear CKA and SVCCA.

Both are computed from sums over mini-batches, so that memory does not grow with the images. Maps
are averaged to a grid of at most 4 x 4 positions first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.linalg import lapack
from torch import Tensor
from torch.nn import functional

from pleura.models.classifier import Classifier

GRID = 4  # positions along each side, at most
AT_ONCE = 16  # images whose maps of all cuts are held at the same time
VARIANCE = 0.99  # share that SVCCA keeps of each network's variance
SAMPLES_PER_DIRECTION = 10  # at least; with as many directions as samples SVCCA is 1 whatever runs


class LinearCKA:
    """Linear centred kernel alignment (Kornblith et al. 2019, arXiv 1905.00414) in mini-batches.

    The unbiased estimate of HSIC (Song et al. 2012) is averaged over mini-batches, as in Nguyen et
    al. 2021 (arXiv 2010.15327); so the value can leave 0 to 1 a little.
    """

    def __init__(self) -> None:
        self.sums = torch.zeros(3, dtype=torch.float64)

    def add(self, x: Tensor, y: Tensor) -> None:
        """One mini-batch of the same images, (n, p) and (n, q); fewer than four tell nothing."""
        if len(x) < 4:
            return
        a, b = _gram(x), _gram(y)
        self.sums += torch.stack([_hsic(a, b), _hsic(a, a), _hsic(b, b)]).cpu()

    def value(self) -> float:
        """1: equal up to rotation and scale; near 0: unrelated; nan where nothing varies."""
        cross, x, y = self.sums.tolist()
        return float(cross / (x * y) ** 0.5) if x > 0 and y > 0 else float("nan")


def _gram(x: Tensor) -> Tensor:
    # A shift changes nothing but what rounding leaves of it.
    x = x.double() - x.double().mean(dim=0)
    return (x @ x.T).fill_diagonal_(0)


def _hsic(a: Tensor, b: Tensor) -> Tensor:
    n = len(a)
    centred = a.sum() * b.sum() / ((n - 1) * (n - 2)) - 2 * (a.sum(0) @ b.sum(0)) / (n - 2)
    return ((a * b).sum() + centred) / (n * (n - 3))


class SVCCA:
    """Singular vector canonical correlation (Raghu et al. 2017, arXiv 1706.05806) from covariances.

    Of each network the principal directions are kept that hold .99 of the variance, but at most
    one for ten samples.
    """

    def __init__(self) -> None:
        self.samples = 0
        self.sums: list[Tensor] = []

    def add(self, x: Tensor, y: Tensor) -> None:
        """More of the same samples: (n, p) and (n, q)."""
        x, y = x.double(), y.double()
        here = [each.cpu() for each in (x.sum(0), y.sum(0), x.T @ x, y.T @ y, x.T @ y)]
        self.sums = [a + b for a, b in zip(self.sums, here, strict=True)] if self.sums else here
        self.samples += len(x)

    def value(self) -> float:
        """The mean canonical correlation, 0 to 1; nan where nothing varies or samples lack."""
        most = self.samples // SAMPLES_PER_DIRECTION
        if most == 0:
            return float("nan")
        n = self.samples
        mean_x, mean_y = self.sums[0] / n, self.sums[1] / n
        x = _whitening(self.sums[2] / n - mean_x.outer(mean_x), most)
        y = _whitening(self.sums[3] / n - mean_y.outer(mean_y), most)
        if x is None or y is None:
            return float("nan")
        cross = self.sums[4] / n - mean_x.outer(mean_y)
        return float(torch.linalg.svdvals(x.T @ cross @ y).clamp(0, 1).mean())


def _whitening(covariance: Tensor, most: int) -> Tensor | None:
    """(channels, kept): directions that hold `VARIANCE`, `most` at most, scaled to variance 1.

    A covariance of fewer samples than channels has as many directions as samples. A Cholesky
    decomposition with pivots finds them (Higham 1990), so that eigenvectors are those of a matrix
    of their number, not of that of the channels, and dead channels are in none.
    """
    decomposed, order, rank, _ = lapack.dpstrf(covariance.numpy(), lower=1)
    factor = np.empty((len(covariance), rank))  # times its own transpose it is the covariance
    factor[order - 1] = np.tril(decomposed)[:, :rank]
    # NumPy, since torch's eigh does not converge on some processors where most channels are dead.
    variances, directions = map(torch.from_numpy, np.linalg.eigh(factor.T @ factor))
    variances, directions = variances.flip(0).clamp(min=0), directions.flip(1)
    total = variances.sum()
    if total <= 0:
        return None
    dimensions = int((variances.cumsum(0) < VARIANCE * total).sum()) + 1
    dimensions = min(dimensions, most)
    scaled: Tensor = torch.from_numpy(factor) @ directions[:, :dimensions] / variances[:dimensions]
    return scaled


@dataclass(frozen=True)
class Similarity:
    """Of the maps of two networks at one cut."""

    cka: float
    svcca: float


def similarity(
    before: Classifier, after: Classifier, batches: Iterable[Tensor], cuts: Sequence[str]
) -> dict[str, Similarity]:
    """The similarity of two networks of the same cuts, at each of `cuts`.

    `batches`: images (n, 1|3, h, w) float in [0, 1]; the larger n, the less CKA scatters.
    CKA compares images by all their channels and positions, SVCCA channels over all images and
    positions. Held at once: maps of 16 images, and three matrices (channels, channels) a cut.
    """
    cka = {cut: LinearCKA() for cut in cuts}
    svcca = {cut: SVCCA() for cut in cuts}
    for images in batches:
        x, y = _pooled_maps(before, images, cuts), _pooled_maps(after, images, cuts)
        for cut in cuts:
            cka[cut].add(x[cut].flatten(1), y[cut].flatten(1))
            svcca[cut].add(x[cut].flatten(0, 1), y[cut].flatten(0, 1))
    return {cut: Similarity(cka[cut].value(), svcca[cut].value()) for cut in cuts}


def _pooled_maps(model: Classifier, images: Tensor, cuts: Sequence[str]) -> dict[str, Tensor]:
    """Maps (n, positions, channels) at the cuts."""
    parts: dict[str, list[Tensor]] = {cut: [] for cut in cuts}
    with torch.inference_mode():
        for few in torch.split(images, AT_ONCE):
            maps = model.backbone.forward_cuts(model.normalised(few), cuts)
            for cut, map_there in maps.items():
                grid = (min(GRID, map_there.shape[2]), min(GRID, map_there.shape[3]))
                pooled_map = functional.adaptive_avg_pool2d(map_there, grid)
                parts[cut].append(pooled_map.flatten(2).transpose(1, 2))
    return {cut: torch.cat(few) for cut, few in parts.items()}
