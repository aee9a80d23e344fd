"""Context restoration: parts of an image have changed places; put it right."""

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.data.view_settings import Views
from pleura.errors import InputError
from pleura.tasks.selfsup.methods.method import Method

if TYPE_CHECKING:
    from pleura.models.build import LoadedBackbone
    from pleura.tasks.selfsup.pretrainer import Pretrainer


class ContextRestoration(Method):
    """Restore an image in which pairs of patches have changed places (Chen et al. 2019).

    Medical Image Analysis 58, 101539. All pairs of an image are chosen at once, out of squares
    beside each other, so that no patch moves twice.
    """

    patch: float = Field(0.125, gt=0, le=0.5, description="a patch's side, share of the image's")
    moved: float = Field(0.5, gt=0, le=1, description="share of the patches that change places")

    def build(
        self, loaded: "LoadedBackbone", views: Views, *, size: int, seed: int
    ) -> "Pretrainer":
        """Raises InputError where the patches would be less than 2 pixels wide."""
        from pleura.tasks.selfsup.context_restoration import ContextRestorer

        side = round(self.patch * size)
        if side < 2:
            raise InputError(
                f"context_restoration: patches of {self.patch:g} of {size} pixels are too small; "
                f"set `patch` to at least {2 / size:.2g}"
            )
        return ContextRestorer(loaded, views, side=side, moved=self.moved, seed=seed)
