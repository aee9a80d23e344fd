"""SimCLR: two views of an image attract, all others of the batch repel."""

from lightly.loss.ntx_ent_loss import NTXentLoss
from lightly.models.modules.heads import SimCLRProjectionHead
from pydantic import Field

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.tasks.selfsup.two_views import TwoViewMethod, TwoViews


class SimCLR(TwoViewMethod):
    """Tell the other view of an image among all views of the batch (Chen et al. 2020).

    arXiv 2002.05709, with lightly's head and loss. The larger the batch, the harder the task.
    """

    temperature: float = Field(0.2, gt=0, description="of the softmax over similarities")

    def network(self, loaded: LoadedBackbone, views: Views, channels: int) -> TwoViews:
        """See `TwoViewMethod`."""
        projection = SimCLRProjectionHead(channels, self.hidden, self.output)
        # An empty queue, told in full: lightly leaves the buffers of none uninitialised.
        return TwoViews(loaded, views, projection, NTXentLoss(self.temperature, (0, self.output)))
