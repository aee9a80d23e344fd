"""The images that a training needs, on the device where it computes, or on their way there."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pleura.data.hidden import Images
from pleura.train.ahead import upload

Rows = NDArray[np.int64]
SHARE = 0.25  # of a device's free memory; the rest is for the network and what it computes
BLOCK = 256  # images copied at once


def room(device: torch.device) -> int:
    """Bytes that the images of one training may take of a device; none where that is not known."""
    if device.type != "cuda":
        return 0
    free, _ = torch.cuda.mem_get_info(device)
    # What torch holds of earlier trainings and would give to this one is free, too.
    held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(SHARE * (free + held))


class Supply:
    """Images, or masks, of a bank by row: uint8 (n, h, w) on a device.

    Where all that a training needs fit into a quarter of the device's free memory, they are copied
    there once; batches are then gathered there. Else each batch is read and copied when it is asked
    for, while the device computes what was queued before.
    """

    def __init__(self, images: Images, rows: Rows, device: torch.device) -> None:
        """`rows`: all that will be asked for. Raises as `Bank.read` does."""
        self.images, self.device = images, device
        self.rows = np.unique(rows)
        self.resident: Tensor | None = None
        if allowed := room(device):
            shape = images.read(self.rows[:1]).shape[1:]
            if len(self.rows) * math.prod(shape) <= allowed:
                self.resident = self._copied(shape)

    def read(self, rows: Rows) -> NDArray[np.uint8]:
        """(len(rows), h, w) on the host, in the order asked."""
        return self.images.read(rows)

    def on_device(self, rows: Rows) -> Tensor:
        """(len(rows), h, w) uint8 on the device, in the order asked."""
        if self.resident is None:
            return upload(torch.from_numpy(self.images.read(rows)), self.device)
        places = np.searchsorted(self.rows, rows)
        return self.resident[upload(torch.from_numpy(places), self.device)]

    def _copied(self, shape: tuple[int, ...]) -> Tensor:
        whole = torch.empty((len(self.rows), *shape), dtype=torch.uint8, device=self.device)
        for start in range(0, len(self.rows), BLOCK):
            block = torch.from_numpy(self.images.read(self.rows[start : start + BLOCK]))
            whole[start : start + len(block)] = block
        return whole
