"""Barlow Twins: two views agree in each dimension, and no two dimensions tell the same."""

from lightly.loss.barlow_twins_loss import BarlowTwinsLoss
from lightly.models.modules.heads import BarlowTwinsProjectionHead
from pydantic import Field

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.tasks.selfsup.two_views import TwoViewMethod, TwoViews


class BarlowTwins(TwoViewMethod):
    """Make the correlation matrix of two views' embeddings the identity (Zbontar et al. 2021).

    arXiv 2103.03230, with lightly's head and loss.
    """

    output: int = Field(512, ge=2, description="dimensions of an embedding")
    redundancy: float = Field(0.005, gt=0, description="weight of correlations off the diagonal")

    def network(self, loaded: LoadedBackbone, views: Views, channels: int) -> TwoViews:
        """See `TwoViewMethod`."""
        projection = BarlowTwinsProjectionHead(channels, self.hidden, self.output)
        return TwoViews(loaded, views, projection, BarlowTwinsLoss(self.redundancy))
