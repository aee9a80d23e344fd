"""SimCLR: two views of an image attract, all others of the batch repel."""

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.data.view_settings import Views
from pleura.tasks.selfsup.methods.two_view_method import TwoViewMethod

if TYPE_CHECKING:
    from pleura.models.build import LoadedBackbone
    from pleura.tasks.selfsup.two_views import TwoViews


class SimCLR(TwoViewMethod):
    """Tell the other view of an image among all views of the batch (Chen et al. 2020).

    arXiv 2002.05709, with lightly's head and loss. The larger the batch, the harder the task.
    """

    temperature: float = Field(0.2, gt=0, description="of the softmax over similarities")

    def network(self, loaded: "LoadedBackbone", views: Views, channels: int) -> "TwoViews":
        """See `TwoViewMethod`."""
        from pleura.tasks.selfsup.simclr import network

        return network(self, loaded, views, channels)
