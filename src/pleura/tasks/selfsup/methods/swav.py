"""SwAV: predict the cluster of one view from the other."""

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.data.view_settings import Views
from pleura.tasks.selfsup.methods.two_view_method import TwoViewMethod

if TYPE_CHECKING:
    from pleura.models.build import LoadedBackbone
    from pleura.tasks.selfsup.two_views import TwoViews


class SwAV(TwoViewMethod):
    """Predict one view's prototypes from the other, all used equally (Caron et al. 2020).

    arXiv 2006.09882, with lightly's head and loss. Images are assigned within the batch, by three
    rounds of Sinkhorn and Knopp; there is no queue, so have no more prototypes than images in one.
    """

    prototypes: int = Field(64, ge=2, description="at most as many as images in a batch")
    temperature: float = Field(0.1, gt=0, description="of the predictions")

    def network(self, loaded: "LoadedBackbone", views: Views, channels: int) -> "TwoViews":
        """See `TwoViewMethod`."""
        from pleura.tasks.selfsup.swav import network

        return network(self, loaded, views, channels)
