"""DINO: sort images into a slow teacher's classes of its own making."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from pleura.tasks.selfsup.methods.method import Setting
from pleura.tasks.selfsup.methods.two_view_method import TwoViewMethod

if TYPE_CHECKING:
    from torch import Tensor, nn

    from pleura.tasks.selfsup.pretrainer import Pretrainer
    from pleura.train.task import Batch


class DINO(TwoViewMethod):
    """Agree with a slow teacher's sharpened, centred classes of the other view (Caron et al. 2021).

    arXiv 2104.14294, with lightly's loss and head blocks; two large crops, no small ones.
    """

    prototypes: int = Field(128, ge=2, description="classes that teacher and student sort into")
    teacher_temperature: float = Field(0.04, gt=0, description="sharpens the teacher's classes")
    temperature: float = Field(0.1, gt=0, description="of the student")
    momentum: float = Field(0.99, ge=0, le=1, description="of the teacher at first; it ends at 1")

    followers = ("teacher",)

    def modules(self, setting: Setting) -> dict[str, nn.Module]:
        """Head with its prototypes, loss with its centre, and teacher."""
        import torch
        from lightly.loss.dino_loss import DINOLoss
        from lightly.models.modules.heads import ProjectionHead
        from torch import nn

        from pleura.tasks.selfsup.prototypes import Prototypes
        from pleura.tasks.selfsup.teacher import Teacher

        class Loss(DINOLoss):  # type: ignore[misc]
            """lightly's loss, whose centre moves only where something is learned."""

            def update_center(self, teacher_out: Tensor) -> None:
                if torch.is_grad_enabled():
                    super().update_center(teacher_out)

        hidden = self.hidden
        projection = nn.Sequential(
            ProjectionHead(
                [
                    (setting.channels, hidden, nn.BatchNorm1d(hidden), nn.GELU()),
                    (hidden, hidden, nn.BatchNorm1d(hidden), nn.GELU()),
                    (hidden, self.output, None, None),
                ]
            ),
            Prototypes(self.output, self.prototypes),
        )
        loss = Loss(
            self.prototypes, teacher_temp=self.teacher_temperature, student_temp=self.temperature
        )
        teacher = Teacher(setting.backbone, projection, self.momentum)
        return {"projection": projection, "loss": loss, "teacher": teacher}

    def outputs(self, network: Pretrainer, views: Sequence[Tensor], batch: Batch) -> list[Tensor]:
        """The classes of the teacher, then those of the network."""
        classes = network.own["teacher"](network, views, batch)
        return [*classes, *super().outputs(network, views, batch)]

    def compare(self, network: Pretrainer, outputs: Sequence[Tensor]) -> Tensor:
        """Each class against the teacher's of the other view."""
        loss: Tensor = network.own["loss"](list(outputs[:2]), list(outputs[2:]))
        return loss
