"""SimSiam: predict one view's embedding from the other's, which gets no gradient."""

from collections.abc import Sequence

import pleura._torchvision  # noqa: F401  isort: skip
from lightly.loss.negative_cosine_similarity import NegativeCosineSimilarity
from lightly.models.modules.heads import SimSiamPredictionHead, SimSiamProjectionHead
from torch import Tensor

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.tasks.selfsup.methods.simsiam import SimSiam
from pleura.tasks.selfsup.two_views import TwoViews, crosswise
from pleura.train.task import Batch


def network(method: SimSiam, loaded: LoadedBackbone, views: Views, channels: int) -> TwoViews:
    """See `SimSiam.network`."""
    return _Network(loaded, views, channels, method)


class _Network(TwoViews):
    def __init__(
        self, loaded: LoadedBackbone, views: Views, channels: int, method: SimSiam
    ) -> None:
        projection = SimSiamProjectionHead(channels, method.hidden, method.output)
        super().__init__(loaded, views, projection, NegativeCosineSimilarity())
        self.prediction = SimSiamPredictionHead(method.output, method.output // 4, method.output)

    def outputs(self, views: Sequence[Tensor], batch: Batch) -> list[Tensor]:
        embedded = super().outputs(views, batch)
        return [self.prediction(e) for e in embedded] + [e.detach() for e in embedded]

    def compare(self, outputs: Sequence[Tensor]) -> Tensor:
        return crosswise(self.loss, outputs)
