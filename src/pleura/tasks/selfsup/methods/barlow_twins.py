"""Barlow Twins: two views agree in each dimension, and no two dimensions tell the same."""

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.data.view_settings import Views
from pleura.tasks.selfsup.methods.two_view_method import TwoViewMethod

if TYPE_CHECKING:
    from pleura.models.build import LoadedBackbone
    from pleura.tasks.selfsup.two_views import TwoViews


class BarlowTwins(TwoViewMethod):
    """Make the correlation matrix of two views' embeddings the identity (Zbontar et al. 2021).

    arXiv 2103.03230, with lightly's head and loss.
    """

    output: int = Field(512, ge=2, description="dimensions of an embedding")
    redundancy: float = Field(0.005, gt=0, description="weight of correlations off the diagonal")

    def network(self, loaded: "LoadedBackbone", views: Views, channels: int) -> "TwoViews":
        """See `TwoViewMethod`."""
        from pleura.tasks.selfsup.barlow_twins import network

        return network(self, loaded, views, channels)
