"""The options that all joint-embedding methods share."""

from abc import abstractmethod
from typing import TYPE_CHECKING

from pydantic import Field

from pleura.data.view_settings import Views
from pleura.tasks.selfsup.methods.method import Method

if TYPE_CHECKING:
    from pleura.models.build import LoadedBackbone
    from pleura.tasks.selfsup.two_views import TwoViews


class TwoViewMethod(Method):
    """The options of a projection head, which all these methods have."""

    hidden: int = Field(512, ge=1, description="units in a hidden layer of the heads")
    output: int = Field(128, ge=2, description="dimensions of an embedding")

    def build(self, loaded: "LoadedBackbone", views: Views, *, size: int, seed: int) -> "TwoViews":
        """See `Method`; any backbone that takes images of `size` suits."""
        from pleura.models.seeding import seeded

        with seeded(seed):
            return self.network(loaded, views, loaded.backbone.cuts[-1].channels)

    @abstractmethod
    def network(self, loaded: "LoadedBackbone", views: Views, channels: int) -> "TwoViews":
        """The network, whose projection head takes `channels`; torch's generator is seeded."""
