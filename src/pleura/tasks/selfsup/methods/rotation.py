"""Rotation: by how many quarter turns was an image turned?"""

from typing import TYPE_CHECKING

from pleura.data.view_settings import Views
from pleura.tasks.selfsup.methods.method import Method

if TYPE_CHECKING:
    from pleura.models.build import LoadedBackbone
    from pleura.tasks.selfsup.pretrainer import Pretrainer


class Rotation(Method):
    """Tell by how many quarter turns an image was turned (Gidaris et al. 2018, arXiv 1803.07728).

    They show all four turns of an image in each step; here each step draws one, which costs a
    quarter and expects the same.
    """

    def build(
        self, loaded: "LoadedBackbone", views: Views, *, size: int, seed: int
    ) -> "Pretrainer":
        """See `Method`; any backbone that takes images of `size` suits."""
        from pleura.tasks.selfsup.rotation import RotationPretrainer

        return RotationPretrainer(loaded, views, seed=seed)
