"""SwAV: predict the cluster of one view from the other."""

from collections.abc import Sequence

import pleura._torchvision  # noqa: F401  isort: skip
from lightly.loss.swav_loss import SwaVLoss
from lightly.models.modules.heads import SwaVProjectionHead
from torch import Tensor, nn

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.tasks.selfsup.methods.swav import SwAV
from pleura.tasks.selfsup.prototypes import Prototypes
from pleura.tasks.selfsup.two_views import TwoViews


def network(method: SwAV, loaded: LoadedBackbone, views: Views, channels: int) -> TwoViews:
    """See `SwAV.network`."""
    projection = nn.Sequential(
        SwaVProjectionHead(channels, method.hidden, method.output),
        Prototypes(method.output, method.prototypes),
    )
    return _Network(loaded, views, projection, SwaVLoss(method.temperature))


class _Network(TwoViews):
    def compare(self, outputs: Sequence[Tensor]) -> Tensor:
        loss: Tensor = self.loss(outputs, [])
        return loss.squeeze()
