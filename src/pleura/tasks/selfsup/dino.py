"""DINO: sort images into a slow teacher's classes of its own making."""

from collections.abc import Sequence

import torch

import pleura._torchvision  # noqa: F401  isort: skip
from lightly.loss.dino_loss import DINOLoss
from lightly.models.modules.heads import ProjectionHead
from torch import Tensor, nn

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.tasks.selfsup.methods.dino import DINO
from pleura.tasks.selfsup.prototypes import Prototypes
from pleura.tasks.selfsup.teacher import Teacher
from pleura.tasks.selfsup.two_views import TwoViews
from pleura.train.task import Batch


def network(method: DINO, loaded: LoadedBackbone, views: Views, channels: int) -> TwoViews:
    """See `DINO.network`."""
    return _Network(loaded, views, channels, method)


class _Network(TwoViews):
    followers = ("teacher",)

    def __init__(self, loaded: LoadedBackbone, views: Views, channels: int, method: DINO) -> None:
        hidden = method.hidden
        projection = nn.Sequential(
            ProjectionHead(
                [
                    (channels, hidden, nn.BatchNorm1d(hidden), nn.GELU()),
                    (hidden, hidden, nn.BatchNorm1d(hidden), nn.GELU()),
                    (hidden, method.output, None, None),
                ]
            ),
            Prototypes(method.output, method.prototypes),
        )
        loss = _Loss(
            method.prototypes,
            teacher_temp=method.teacher_temperature,
            student_temp=method.temperature,
        )
        super().__init__(loaded, views, projection, loss)
        self.teacher = Teacher(self, method.momentum)

    def outputs(self, views: Sequence[Tensor], batch: Batch) -> list[Tensor]:
        return [*self.teacher(self, views, batch), *super().outputs(views, batch)]

    def compare(self, outputs: Sequence[Tensor]) -> Tensor:
        loss: Tensor = self.loss(list(outputs[:2]), list(outputs[2:]))
        return loss


class _Loss(DINOLoss):  # type: ignore[misc]
    """lightly's loss, whose centre moves only where something is learned."""

    def update_center(self, teacher_out: Tensor) -> None:
        if torch.is_grad_enabled():
            super().update_center(teacher_out)
