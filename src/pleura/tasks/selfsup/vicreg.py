"""VICReg: two views agree, while every dimension varies and none repeats another."""

import pleura._torchvision  # noqa: F401  isort: skip
from lightly.loss.vicreg_loss import VICRegLoss
from lightly.models.modules.heads import BarlowTwinsProjectionHead

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.tasks.selfsup.methods.vicreg import VICReg
from pleura.tasks.selfsup.two_views import TwoViews


def network(method: VICReg, loaded: LoadedBackbone, views: Views, channels: int) -> TwoViews:
    """See `VICReg.network`."""
    projection = BarlowTwinsProjectionHead(channels, method.hidden, method.output)
    loss = VICRegLoss(method.invariance, method.variance, method.covariance)
    return TwoViews(loaded, views, projection, loss)
