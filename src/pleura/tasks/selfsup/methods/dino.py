"""DINO: sort images into a slow teacher's classes of its own making."""

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.data.view_settings import Views
from pleura.tasks.selfsup.methods.two_view_method import TwoViewMethod

if TYPE_CHECKING:
    from pleura.models.build import LoadedBackbone
    from pleura.tasks.selfsup.two_views import TwoViews


class DINO(TwoViewMethod):
    """Agree with a slow teacher's sharpened, centred classes of the other view (Caron et al. 2021).

    arXiv 2104.14294, with lightly's loss and head blocks; two large crops, no small ones.
    """

    prototypes: int = Field(128, ge=2, description="classes that teacher and student sort into")
    teacher_temperature: float = Field(0.04, gt=0, description="sharpens the teacher's classes")
    temperature: float = Field(0.1, gt=0, description="of the student")
    momentum: float = Field(0.99, ge=0, le=1, description="of the teacher at first; it ends at 1")

    def network(self, loaded: "LoadedBackbone", views: Views, channels: int) -> "TwoViews":
        """See `TwoViewMethod`."""
        from pleura.tasks.selfsup.dino import network

        return network(self, loaded, views, channels)
