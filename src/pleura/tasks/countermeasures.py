"""What a training does against shortcuts: changes of its images, all on their device.

Validation, BatchNorm's statistics and training images as they are judged know nothing of it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pleura.data.frame_hiding import hide_frames, sample_frames
from pleura.data.hidden import Images, average
from pleura.data.shortcut_settings import HideFrame
from pleura.train.ahead import upload
from pleura.train.task import Batch

Rows = NDArray[np.int64]
Change = Callable[[Tensor, Batch], Tensor]
"""Changes the images (n, 1, h, w) in [0, 1] of a whole batch; what is drawn follows from it."""


@dataclass(frozen=True)
class Countermeasures:
    """What a training does against shortcuts; by default nothing.

    changes: what is done to the images of a batch before they are varied, one after another.
    """

    changes: tuple[Change, ...] = ()

    def changed(self, images: Tensor, batch: Batch) -> Tensor:
        """Images (n, 1, h, w) of a batch as the changes leave them."""
        for change in self.changes:
            images = change(images, batch)
        return images


NONE = Countermeasures()


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
