"""SimSiam: predict one view's embedding from the other's, which gets no gradient."""

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.data.view_settings import Views
from pleura.tasks.selfsup.methods.two_view_method import TwoViewMethod

if TYPE_CHECKING:
    from pleura.models.build import LoadedBackbone
    from pleura.tasks.selfsup.two_views import TwoViews


class SimSiam(TwoViewMethod):
    """Predict one view's embedding from the other, without negatives or teacher (Chen & He 2021).

    arXiv 2011.10566, with lightly's heads and loss.
    """

    output: int = Field(512, ge=4, description="dimensions of an embedding; a quarter predict")

    def network(self, loaded: "LoadedBackbone", views: Views, channels: int) -> "TwoViews":
        """See `TwoViewMethod`."""
        from pleura.tasks.selfsup.simsiam import network

        return network(self, loaded, views, channels)
