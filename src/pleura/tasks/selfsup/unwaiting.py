"""lightly's losses without the parts for which a host waits, for devices that run ahead.

Each gives what lightly's does, up to rounding, and does what lightly's does on a CPU.
"""

import torch

import pleura._torchvision  # noqa: F401  isort: skip
from lightly.loss.ntx_ent_loss import NTXentLoss
from lightly.loss.vicreg_loss import VICRegLoss, invariance_loss, variance_loss
from lightly.models.modules.memory_bank import MemoryBankModule
from torch import Tensor
from torch.nn import functional

from pleura.train import ahead


class NTXent(NTXentLoss):  # type: ignore[misc]
    """The loss of SimCLR, or of MoCo where it has a queue, of `size` (entries, dimensions)."""

    def __init__(self, temperature: float, size: tuple[int, int]) -> None:
        super().__init__(temperature, (0, size[1]))
        self.memory_bank = Queue(size)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Of embeddings (n, d) of two views."""
        if self.memory_bank.size[0] or not ahead.runs_ahead(first.device):
            loss: Tensor = super().forward(first, second)
            return loss
        both = functional.normalize(torch.cat([first, second]), dim=1)
        n = len(first)
        similar = both @ both.T / self.temperature
        itself = torch.eye(2 * n, device=both.device, dtype=torch.bool)
        places = torch.arange(2 * n, device=both.device)
        return functional.cross_entropy(
            similar.masked_fill(itself, -torch.inf), (places + n) % (2 * n)
        )


class Queue(MemoryBankModule):  # type: ignore[misc]
    """The queue of MoCo; without entries, none."""

    @torch.no_grad()
    def _dequeue_and_enqueue(self, batch: Tensor) -> None:
        """Put a batch (n, d) where the queue goes on, and begin again where it ends."""
        if not ahead.runs_ahead(batch.device):
            super()._dequeue_and_enqueue(batch)
            return
        size, n = len(self.bank), len(batch)
        source = torch.arange(size, device=batch.device) - self.bank_ptr
        taken = (source >= 0) & (source < n)
        latest = batch.detach()[source.clamp(0, n - 1)].to(self.bank.dtype)
        self.bank.copy_(torch.where(taken.unsqueeze(1), latest, self.bank))
        after = self.bank_ptr + n
        self.bank_ptr.copy_(after.masked_fill(after >= size, 0))


class VICReg(VICRegLoss):  # type: ignore[misc]
    """The loss of VICReg."""

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Of embeddings (n, d) of two views."""
        if not ahead.runs_ahead(first.device):
            loss: Tensor = super().forward(first, second)
            return loss
        total: Tensor = self.lambda_param * invariance_loss(first, second)
        for view in (first, second):
            total = total + self.mu_param * 0.5 * variance_loss(view, self.eps)
            total = total + self.nu_param * _covariance(view)
        return total


def _covariance(view: Tensor) -> Tensor:
    """Squared covariances (n, d) of unequal dimensions, the sum over the number of dimensions."""
    n, d = view.shape
    centred = view - view.mean(dim=0)
    covariance = centred.T @ centred / (n - 1)
    same = torch.eye(d, device=view.device, dtype=torch.bool)
    return covariance.masked_fill(same, 0).square().sum() / d
