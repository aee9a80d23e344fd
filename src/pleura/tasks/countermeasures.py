"""What a training does against shortcuts: to its images, to which it draws, to their losses.

Validation, BatchNorm's statistics and training images as they are judged know nothing of it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pleura.data.background_swap import sample_swaps, swap_backgrounds
from pleura.data.frame_hiding import hide_frames, sample_frames
from pleura.data.hidden import Images, average
from pleura.data.image_groups import Groups, balanced_order
from pleura.data.lung_regions import Lungs
from pleura.data.shortcut_settings import HideFrame, SwapBackground
from pleura.randomness import seed_of
from pleura.tasks.group_dro import RobustLoss
from pleura.tasks.learned import Criterion
from pleura.tasks.supply import Supply
from pleura.train.ahead import upload
from pleura.train.loop import Order, shuffled
from pleura.train.task import Batch

Rows = NDArray[np.int64]
Change = Callable[[Tensor, Batch], Tensor]
"""Changes the images (n, 1, h, w) in [0, 1] of a whole batch; what is drawn follows from it."""


@dataclass(frozen=True)
class Countermeasures:
    """What a training does against shortcuts; by default nothing.

    changes: what is done to the images of a batch before they are varied, one after another.
    drawn_alike: the groups of which an epoch has as many images each, None where it has each image
    once. dro: what weighs the losses of groups, None where all images count by the loss alone.
    """

    changes: tuple[Change, ...] = ()
    drawn_alike: Groups | None = None
    dro: RobustLoss | None = None

    def changed(self, images: Tensor, batch: Batch) -> Tensor:
        """Images (n, 1, h, w) of a batch as the changes leave them."""
        for change in self.changes:
            images = change(images, batch)
        return images

    @property
    def order(self) -> Order:
        """Which images an epoch has."""
        groups = self.drawn_alike
        return shuffled if groups is None else lambda rng, n: balanced_order(groups, rng)

    @property
    def draws(self) -> NDArray[np.float64] | None:
        """(n,) how often an epoch draws each image that trains, on average: classes are weighed by
        it. None where it draws each once."""
        return None if self.drawn_alike is None else self.drawn_alike.draws

    def loss(self, criterion: Criterion, logits: Tensor, targets: Tensor, batch: Batch) -> Tensor:
        """The loss of a batch by a `criterion` of logits (n, classes) and targets."""
        if self.dro is None:
            return criterion(logits, targets)
        weighed: Tensor = self.dro(criterion, logits, targets, batch)
        return weighed


NONE = Countermeasures()


@dataclass(frozen=True)
class MasksOfLungs:
    """The lungs of images of a bank as a bank would give them: 1 in the lungs, 0 elsewhere, and
    everywhere where none are known."""

    lungs: Lungs

    def read(self, rows: Rows) -> NDArray[np.uint8]:
        """(len(rows), h, w)."""
        masks = np.zeros((len(rows), *self.lungs.masks.shape[1:]), np.uint8)
        known = np.isin(rows, self.lungs.rows)
        masks[known] = self.lungs.masks[self.lungs.at(rows[known])]
        return masks


class SwappedBackgrounds:
    """Gives images the background of another image of the batch."""

    def __init__(
        self, settings: SwapBackground, lungs: Lungs, train: Rows, device: torch.device
    ) -> None:
        """`train`: rows of the images that train; `lungs`: those of as many of them as known."""
        self.settings, self.train = settings, train
        self.with_lungs = np.isin(train, lungs.rows)
        self.masks = Supply(MasksOfLungs(lungs), train, device)

    def __call__(self, images: Tensor, batch: Batch) -> Tensor:
        """See `Change`."""
        rng = np.random.default_rng(seed_of(batch.seed, "swap background"))
        with_lungs = self.with_lungs[batch.positions]
        swaps = sample_swaps(with_lungs, self.settings.untouched, rng)
        lungs = self.masks.on_device(self.train[batch.positions]) > 0
        drawn = (torch.from_numpy(each) for each in (swaps.partner, swaps.changed))
        return swap_backgrounds(images, lungs, *(upload(each, images.device) for each in drawn))


class HiddenFrames:
    """Hides or exchanges frames; what is hidden shows the mean of the images that train."""

    def __init__(
        self, settings: HideFrame, images: Images, train: Rows, device: torch.device
    ) -> None:
        """`train`: rows of the images that train, of which alone the mean is made."""
        mean = torch.from_numpy(average(images, train))
        self.settings, self.fill = settings, upload(mean, device).to(torch.float32).mul_(1 / 255)

    def __call__(self, images: Tensor, batch: Batch) -> Tensor:
        """See `Change`."""
        generator = batch.generator("hide frame", images.device)
        frames = sample_frames(self.settings, images.shape, generator)
        return hide_frames(images, frames, self.fill)
