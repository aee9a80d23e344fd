"""BYOL: predict what a slow copy of the network makes of the other view."""

from collections.abc import Sequence

import pleura._torchvision  # noqa: F401  isort: skip
from lightly.loss.negative_cosine_similarity import NegativeCosineSimilarity
from lightly.models.modules.heads import BYOLPredictionHead, BYOLProjectionHead
from torch import Tensor

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.tasks.selfsup.methods.byol import BYOL
from pleura.tasks.selfsup.teacher import Teacher
from pleura.tasks.selfsup.two_views import TwoViews, crosswise
from pleura.train.task import Batch


def network(method: BYOL, loaded: LoadedBackbone, views: Views, channels: int) -> TwoViews:
    """See `BYOL.network`."""
    return _Network(loaded, views, channels, method)


class _Network(TwoViews):
    followers = ("teacher",)

    def __init__(self, loaded: LoadedBackbone, views: Views, channels: int, method: BYOL) -> None:
        projection = BYOLProjectionHead(channels, method.hidden, method.output)
        super().__init__(loaded, views, projection, NegativeCosineSimilarity())
        self.prediction = BYOLPredictionHead(method.output, method.hidden, method.output)
        self.teacher = Teacher(self, method.momentum)

    def outputs(self, views: Sequence[Tensor], batch: Batch) -> list[Tensor]:
        predicted = [self.prediction(embedded) for embedded in super().outputs(views, batch)]
        return [*predicted, *self.teacher(self, views, batch)]

    def compare(self, outputs: Sequence[Tensor]) -> Tensor:
        return crosswise(self.loss, outputs)
