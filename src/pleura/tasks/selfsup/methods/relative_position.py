"""Relative position: on which side of one patch does another lie?"""

from typing import TYPE_CHECKING

from pleura.data.view_settings import Views
from pleura.tasks.selfsup.methods.method import Method

if TYPE_CHECKING:
    from pleura.models.build import LoadedBackbone
    from pleura.tasks.selfsup.pretrainer import Pretrainer


class RelativePosition(Method):
    """Tell on which of eight sides of one patch another lies (Doersch et al. 2015).

    arXiv 1505.05192. Both patches are .4 of the image wide and shown at half its size, so that
    deep backbones have something to see at 64 pixels; a gap between them and a jitter keep lines
    from giving the answer away.
    """

    def build(
        self, loaded: "LoadedBackbone", views: Views, *, size: int, seed: int
    ) -> "Pretrainer":
        """Raises InputError where the backbone takes no images of half the size."""
        from pleura.tasks.selfsup.relative_position import build

        return build(loaded, views, size=size, seed=seed)
