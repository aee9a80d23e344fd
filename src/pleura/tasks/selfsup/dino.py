"""DINO: sort images into a slow teacher's classes of its own making."""

from collections.abc import Sequence

import torch
from lightly.loss.dino_loss import DINOLoss
from lightly.models.modules.heads import ProjectionHead
from pydantic import Field
from torch import Tensor, nn

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.tasks.selfsup.prototypes import Prototypes
from pleura.tasks.selfsup.teacher import Teacher
from pleura.tasks.selfsup.two_views import TwoViewMethod, TwoViews
from pleura.train.loop import Draw


class DINO(TwoViewMethod):
    """Agree with a slow teacher's sharpened, centred classes of the other view (Caron et al. 2021).

    arXiv 2104.14294, with lightly's loss and head blocks; two large crops, no small ones.
    """

    prototypes: int = Field(128, ge=2, description="classes that teacher and student sort into")
    teacher_temperature: float = Field(0.04, gt=0, description="sharpens the teacher's classes")
    temperature: float = Field(0.1, gt=0, description="of the student")
    momentum: float = Field(0.99, ge=0, le=1, description="of the teacher at first; it ends at 1")

    def network(self, loaded: LoadedBackbone, views: Views, channels: int) -> TwoViews:
        """See `TwoViewMethod`."""
        return _Network(loaded, views, channels, self)


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

    def outputs(self, views: Sequence[Tensor], draw: Draw) -> list[Tensor]:
        return [*self.teacher(self, views, draw), *super().outputs(views, draw)]

    def compare(self, outputs: Sequence[Tensor]) -> Tensor:
        loss: Tensor = self.loss(list(outputs[:2]), list(outputs[2:]))
        return loss


class _Loss(DINOLoss):  # type: ignore[misc]
    """lightly's loss, whose centre moves only where something is learned."""

    def update_center(self, teacher_out: Tensor) -> None:
        if torch.is_grad_enabled():
            super().update_center(teacher_out)
