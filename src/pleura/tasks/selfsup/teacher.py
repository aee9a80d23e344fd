"""A teacher: a slow copy of the network, whose outputs the network learns from."""

import copy
import math
from collections.abc import Sequence

import torch

import pleura._torchvision  # noqa: F401  isort: skip
from lightly.models.utils import update_momentum
from torch import Tensor, nn

from pleura.tasks.selfsup.pretrainer import Pretrainer, gathered
from pleura.train.task import Batch


class Teacher(nn.Module):
    """Moving average of a student's backbone and projection (Tarvainen & Valpola 2017).

    Where gradients are computed it first moves, and its BatchNorm sees the batch as the student's
    does; else it is used as it is. It never gets a gradient.
    """

    def __init__(self, backbone: nn.Module, projection: nn.Module, momentum: float) -> None:
        super().__init__()
        self.backbone = copy.deepcopy(backbone)
        self.projection = copy.deepcopy(projection)
        self.requires_grad_(False)
        self.momentum = momentum

    def forward(self, student: Pretrainer, views: Sequence[Tensor], batch: Batch) -> list[Tensor]:
        """Projections (whole batch, d) of views (n, 1, h, w) of this process's images."""
        learning = torch.is_grad_enabled()
        self.train(learning)
        if learning:
            momentum = momentum_at(self.momentum, batch.progress)
            update_momentum(student.backbone, self.backbone, momentum)
            update_momentum(student.own["projection"], self.projection, momentum)
        with torch.no_grad():
            maps = [self.backbone(student.normalised(view)) for view in views]
            features = [gathered(values.mean(dim=(2, 3)).float(), batch) for values in maps]
            return [self.projection(values) for values in features]


def momentum_at(start: float, progress: float) -> float:
    """Momentum of a teacher: from `start` to 1 along a cosine (Grill et al. 2020).

    `progress`: share of the training's steps that are done.
    """
    return 1 - (1 - start) * (math.cos(math.pi * progress) + 1) / 2
