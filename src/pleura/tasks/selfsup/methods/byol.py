"""BYOL: predict what a slow copy of the network makes of the other view."""

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.data.view_settings import Views
from pleura.tasks.selfsup.methods.two_view_method import TwoViewMethod

if TYPE_CHECKING:
    from pleura.models.build import LoadedBackbone
    from pleura.tasks.selfsup.two_views import TwoViews


class BYOL(TwoViewMethod):
    """Predict a slow teacher's embedding of the other view, without negatives (Grill et al. 2020).

    arXiv 2006.07733, with lightly's heads and loss.
    """

    momentum: float = Field(0.99, ge=0, le=1, description="of the teacher at first; it ends at 1")

    def network(self, loaded: "LoadedBackbone", views: Views, channels: int) -> "TwoViews":
        """See `TwoViewMethod`."""
        from pleura.tasks.selfsup.byol import network

        return network(self, loaded, views, channels)
