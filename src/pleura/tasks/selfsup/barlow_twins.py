"""Barlow Twins: two views agree in each dimension, and no two dimensions tell the same."""

import pleura._torchvision  # noqa: F401  isort: skip
from lightly.loss.barlow_twins_loss import BarlowTwinsLoss
from lightly.models.modules.heads import BarlowTwinsProjectionHead

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.tasks.selfsup.methods.barlow_twins import BarlowTwins
from pleura.tasks.selfsup.two_views import TwoViews


def network(method: BarlowTwins, loaded: LoadedBackbone, views: Views, channels: int) -> TwoViews:
    """See `BarlowTwins.network`."""
    projection = BarlowTwinsProjectionHead(channels, method.hidden, method.output)
    return TwoViews(loaded, views, projection, BarlowTwinsLoss(method.redundancy))
