"""SimSiam: predict one view's embedding from the other's, which gets no gradient."""

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


class SimSiam(TwoViewMethod):
    """Predict one view's embedding from the other, without negatives or teacher (Chen & He 2021).

    arXiv 2011.10566, with lightly's heads and loss.
    """

    output: int = Field(512, ge=4, description="dimensions of an embedding; a quarter predict")

    def modules(self, setting: Setting) -> dict[str, nn.Module]:
        """Head, loss and prediction head."""
        from lightly.loss.negative_cosine_similarity import NegativeCosineSimilarity
        from lightly.models.modules.heads import SimSiamPredictionHead, SimSiamProjectionHead

        return {
            "projection": SimSiamProjectionHead(setting.channels, self.hidden, self.output),
            "loss": NegativeCosineSimilarity(),
            "prediction": SimSiamPredictionHead(self.output, self.output // 4, self.output),
        }

    def outputs(self, network: Pretrainer, views: Sequence[Tensor], batch: Batch) -> list[Tensor]:
        """The predictions of both views, then the embeddings they are to meet."""
        embedded = super().outputs(network, views, batch)
        predict = network.own["prediction"]
        return [predict(each) for each in embedded] + [each.detach() for each in embedded]

    def compare(self, network: Pretrainer, outputs: Sequence[Tensor]) -> Tensor:
        """Each prediction against the other view's embedding."""
        return crosswise(network.own["loss"], outputs)
