"""SimCLR: two views of an image attract, all others of the batch repel."""

import pleura._torchvision  # noqa: F401  isort: skip
from lightly.loss.ntx_ent_loss import NTXentLoss
from lightly.models.modules.heads import SimCLRProjectionHead

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.tasks.selfsup.methods.simclr import SimCLR
from pleura.tasks.selfsup.two_views import TwoViews


def network(method: SimCLR, loaded: LoadedBackbone, views: Views, channels: int) -> TwoViews:
    """See `SimCLR.network`."""
    projection = SimCLRProjectionHead(channels, method.hidden, method.output)
    # An empty queue, told in full: lightly leaves the buffers of none uninitialised.
    return TwoViews(loaded, views, projection, NTXentLoss(method.temperature, (0, method.output)))
