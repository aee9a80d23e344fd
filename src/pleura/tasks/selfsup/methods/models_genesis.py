"""Models Genesis: gray values bent, pixels shuffled, parts painted over; put it right."""

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.data.view_settings import Views
from pleura.tasks.selfsup.methods.method import Method

if TYPE_CHECKING:
    from pleura.models.build import LoadedBackbone
    from pleura.tasks.selfsup.pretrainer import Pretrainer


class ModelsGenesis(Method):
    """Restore an image with bent gray values, shuffled pixels, painted parts (Zhou et al. 2021).

    Medical Image Analysis 67, 101840. Each image meets each change with a chance of its own: those
    of the authors' code.
    """

    bending: float = Field(0.9, ge=0, le=1, description="chance that gray values follow a curve")
    shuffling: float = Field(0.5, ge=0, le=1, description="chance that nearby pixels are shuffled")
    painting: float = Field(0.9, ge=0, le=1, description="chance that parts are painted over")
    inner: float = Field(0.2, ge=0, le=1, description="share of the painted whose parts lie inside")

    def build(
        self, loaded: "LoadedBackbone", views: Views, *, size: int, seed: int
    ) -> "Pretrainer":
        """See `Method`; any backbone that takes images of `size` suits."""
        from pleura.tasks.selfsup.models_genesis import GenesisRestorer

        return GenesisRestorer(loaded, views, self, seed=seed)
