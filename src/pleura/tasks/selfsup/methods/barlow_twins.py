"""Barlow Twins: two views agree in each dimension, and no two dimensions tell the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.tasks.selfsup.methods.method import Setting
from pleura.tasks.selfsup.methods.two_view_method import TwoViewMethod

if TYPE_CHECKING:
    from torch import nn


class BarlowTwins(TwoViewMethod):
    """Make the correlation matrix of two views' embeddings the identity (Zbontar et al. 2021).

    arXiv 2103.03230, with lightly's head and loss.
    """

    output: int = Field(512, ge=2, description="dimensions of an embedding")
    redundancy: float = Field(0.005, gt=0, description="weight of correlations off the diagonal")

    def modules(self, setting: Setting) -> dict[str, nn.Module]:
        """The head and the loss."""
        from lightly.loss.barlow_twins_loss import BarlowTwinsLoss
        from lightly.models.modules.heads import BarlowTwinsProjectionHead

        return {
            "projection": BarlowTwinsProjectionHead(setting.channels, self.hidden, self.output),
            "loss": BarlowTwinsLoss(self.redundancy),
        }
