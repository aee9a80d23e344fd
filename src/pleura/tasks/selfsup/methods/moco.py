"""MoCo: tell an image's embedding among a queue of earlier ones."""

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.data.view_settings import Views
from pleura.tasks.selfsup.methods.two_view_method import TwoViewMethod

if TYPE_CHECKING:
    from pleura.models.build import LoadedBackbone
    from pleura.tasks.selfsup.two_views import TwoViews


class MoCo(TwoViewMethod):
    """Tell the other view of an image among a queue of earlier ones (He et al. 2020, version 2).

    arXiv 2003.04297, with lightly's head and loss; a slow teacher embeds the other view and fills
    the queue. Unlike SimCLR it needs no large batch. The head has BatchNorms as version 3's does,
    without which small backbones hardly start; they are not shuffled over devices.
    """

    temperature: float = Field(0.2, gt=0, description="of the softmax over similarities")
    queue: int = Field(1024, ge=1, description="earlier embeddings; fewer than there are images")
    momentum: float = Field(0.99, ge=0, le=1, description="of the teacher at first; it ends at 1")

    def network(self, loaded: "LoadedBackbone", views: Views, channels: int) -> "TwoViews":
        """See `TwoViewMethod`."""
        from pleura.tasks.selfsup.moco import network

        return network(self, loaded, views, channels)
