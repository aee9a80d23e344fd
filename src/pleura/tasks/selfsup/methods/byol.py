"""BYOL: predict what a slow copy of the network makes of the other view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from pleura.tasks.selfsup.methods.method import Setting
from pleura.tasks.selfsup.methods.two_view_method import TwoViewMethod, crosswise

if TYPE_CHECKING:
    from torch import Tensor, nn

    from pleura.tasks.selfsup.pretrainer import Pretrainer
    from pleura.train.task import Batch


class BYOL(TwoViewMethod):
    """Predict a slow teacher's embedding of the other view, without negatives (Grill et al. 2020).

    arXiv 2006.07733, with lightly's heads and loss.
    """

    momentum: float = Field(0.99, ge=0, le=1, description="of the teacher at first; it ends at 1")

    followers = ("teacher",)

    def modules(self, setting: Setting) -> dict[str, nn.Module]:
        """Head, loss, prediction head and teacher."""
        from lightly.loss.negative_cosine_similarity import NegativeCosineSimilarity
        from lightly.models.modules.heads import BYOLPredictionHead, BYOLProjectionHead

        from pleura.tasks.selfsup.teacher import Teacher

        projection = BYOLProjectionHead(setting.channels, self.hidden, self.output)
        return {
            "projection": projection,
            "loss": NegativeCosineSimilarity(),
            "prediction": BYOLPredictionHead(self.output, self.hidden, self.output),
            "teacher": Teacher(setting.backbone, projection, self.momentum),
        }

    def outputs(self, network: Pretrainer, views: Sequence[Tensor], batch: Batch) -> list[Tensor]:
        """The predictions of both views, then what the teacher makes of them."""
        predict = network.own["prediction"]
        predicted = [predict(embedded) for embedded in super().outputs(network, views, batch)]
        return [*predicted, *network.own["teacher"](network, views, batch)]

    def compare(self, network: Pretrainer, outputs: Sequence[Tensor]) -> Tensor:
        """Each prediction against the other view's target."""
        return crosswise(network.own["loss"], outputs)
