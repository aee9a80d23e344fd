"""Masked autoencoder (He et al. 2021, arXiv 2111.06377): fills in the patches that it is not shown.

The decoder and the handling of tokens are lightly's.
"""

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.data.view_settings import Views
from pleura.tasks.selfsup.methods.method import Method

if TYPE_CHECKING:
    from pleura.models.build import LoadedBackbone
    from pleura.tasks.selfsup.masked_autoencoder import MaskedAutoencoderPretrainer


class MaskedAutoencoder(Method):
    """Fill in hidden patches from the few that are shown (He et al. 2021); for vision transformers.

    The encoder sees only the patches that are not hidden; a narrow decoder draws the others, each
    up to its own mean and contrast. Views are neither blurred nor noisy: that would be drawn too.
    """

    masked: float = Field(0.75, gt=0, lt=1, description="share of the patches that is hidden")

    def build(
        self, loaded: "LoadedBackbone", views: Views, *, size: int, seed: int
    ) -> "MaskedAutoencoderPretrainer":
        """Raises InputError for a network other than timm's ViT and for sizes it cannot divide."""
        from pleura.tasks.selfsup.masked_autoencoder import build

        return build(self, loaded, views, size=size, seed=seed)
