"""Group DRO: the loss of the groups that do worst counts most.

Sagawa, Koh, Hashimoto & Liang 2020, Distributionally robust neural networks for group shifts,
arXiv 1911.08731: their algorithm 1, with the losses of all groups of a batch at once.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura.data.image_groups import Groups
from pleura.data.shortcut_settings import GroupDRO
from pleura.tasks.learned import Criterion, Labels
from pleura.train.ahead import upload
from pleura.train.task import Batch

VERSION = 1  # part of every key: raised whenever the same batches would get other losses


class RobustLoss(nn.Module):
    """Weighs the mean losses of groups; its weights change with every batch, and are its state.

    Which group an image is of, the host knows by its position; nothing is read from the device.
    """

    weights: Tensor

    def __init__(
        self, settings: GroupDRO, groups: Groups, labels: Labels, device: torch.device
    ) -> None:
        """`groups` and `labels`: of the images that train. Images of which no finding is known are
        passed over, since they have no loss."""
        super().__init__()
        of = groups.of
        if labels.ndim == 2:
            of = np.where((labels >= 0).any(axis=1), of, -1)
        self.of, self.step = of, settings.step
        count = len(groups.names)
        self.register_buffer("weights", torch.full((count,), 1 / count, device=device))
        raised = settings.adjustment / np.sqrt(groups.sizes)
        self.raised = upload(torch.from_numpy(raised.astype(np.float32)), device)

    def forward(
        self, criterion: Criterion, logits: Tensor, targets: Tensor, batch: Batch
    ) -> Tensor:
        """The sum over groups of their weight times their mean loss, by a `criterion`, after the
        weights were moved towards the groups with a larger loss."""
        of = self.of[batch.positions]
        present = np.unique(of[of >= 0])
        if not len(present):
            return criterion(logits, targets)
        losses = []
        for group in present:
            at = self._there(np.flatnonzero(of == group), logits.device)
            losses.append(criterion(logits.index_select(0, at), targets.index_select(0, at)))
        stacked, at = torch.stack(losses).float(), self._there(present, logits.device)
        with torch.no_grad():
            moved = self.weights.index_select(0, at)
            moved = moved * torch.exp(self.step * (stacked + self.raised.index_select(0, at)))
            self.weights.index_copy_(0, at, moved)
            self.weights.div_(self.weights.sum())
            weights = self.weights.index_select(0, at)
        return (weights * stacked).sum()

    @staticmethod
    def _there(places: NDArray[np.int64], device: torch.device) -> Tensor:
        return upload(torch.from_numpy(places), device)
