"""Loss and gradient norm of each batch: looked at in every step, or only now and then.

Work on a GPU is queued. A host that reads the loss of every step waits for the whole queue each
time, and then the device waits for the host; so there both are kept on the device, and looked at
every so many steps and at the end of the epoch.
"""

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from pleura.errors import PleuraError
from pleura.train import ahead

if TYPE_CHECKING:
    from lightning_fabric import Fabric

LOOK_EVERY = 50  # steps
LOOK_SECONDS = 10.0  # after which one process looks before that, so that progress is told


class StepFigures:
    """The figures of the steps of an epoch.

    `refuse` makes the error of what is not finite: "loss" or "gradient", its value, and the number
    of the batch, the first such one. `show` is called at each look, with the number of batches that
    are done and the loss of the last one. `losses` are those of the batches looked at, each the
    mean over the processes. On a CPU every step is looked at: a loss before its gradient is
    computed, a gradient before it changes a weight.
    """

    def __init__(
        self,
        fabric: "Fabric",
        *,
        refuse: Callable[[str, float, int], PleuraError],
        show: Callable[[int, float], None],
    ) -> None:
        self.fabric, self.refuse, self.show = fabric, refuse, show
        self.losses: list[float] = []
        self._ahead = ahead.runs_ahead(fabric.device)
        self._waiting: list[Tensor] = []
        self._norms: list[Tensor] = []
        self._looked = time.monotonic()

    def add_loss(self, loss: Tensor) -> None:
        """Take the loss of a batch, that of this process. Raises PleuraError as `refuse` says."""
        if self._ahead:
            self._waiting.append(loss.detach())
        else:
            self.losses.append(self._checked("loss", self._mean(loss).item(), len(self.losses)))

    def add_norm(self, norm: Tensor | None) -> None:
        """Take the norm of its gradient, the same in all processes; None where it is not told.
        Raises PleuraError as `refuse` says."""
        if norm is None:
            return
        if self._ahead:
            self._norms.append(norm.detach())
        else:
            self._checked("gradient", norm.item(), len(self.losses) - 1)

    def stepped(self) -> None:
        """To be called when a batch is done."""
        if not self._ahead:
            self.show(len(self.losses), self.losses[-1])
        elif len(self._waiting) >= LOOK_EVERY or self._late():
            self.look()

    def look(self) -> None:
        """Read what was not looked at, waiting for the device. Raises PleuraError as `refuse`
        says. It must be called at the end of an epoch, by all processes."""
        if not self._waiting:
            return
        losses = self._mean(torch.stack(self._waiting).float())
        norms = torch.stack(self._norms).float() if self._norms else torch.zeros_like(losses)
        both = torch.stack([losses, norms])  # one copy from the device for both
        for loss, norm in both.T.cpu().tolist():
            number = len(self.losses)
            self.losses.append(self._checked("loss", loss, number))
            self._checked("gradient", norm, number)
        self._waiting, self._norms, self._looked = [], [], time.monotonic()
        self.show(len(self.losses), self.losses[-1])

    def _late(self) -> bool:
        """Several processes must look together, and their clocks differ."""
        alone = self.fabric.world_size == 1
        return alone and time.monotonic() - self._looked > LOOK_SECONDS

    def _mean(self, losses: Tensor) -> Tensor:
        """The mean over the processes: losses of whole batches."""
        if self.fabric.world_size == 1:
            return losses
        mean = self.fabric.all_reduce(losses.detach().clone(), reduce_op="mean")
        assert isinstance(mean, Tensor)
        return mean

    def _checked(self, what: str, value: float, number: int) -> float:
        if not math.isfinite(value):
            raise self.refuse(what, value, number)
        return value
