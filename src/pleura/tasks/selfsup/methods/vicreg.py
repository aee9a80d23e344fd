"""VICReg: two views agree, while every dimension varies and none repeats another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.tasks.selfsup.methods.method import Setting
from pleura.tasks.selfsup.methods.two_view_method import TwoViewMethod

if TYPE_CHECKING:
    from torch import nn


class VICReg(TwoViewMethod):
    """Invariance to the view, variance over images, covariance of dimensions (Bardes et al. 2022).

    arXiv 2105.04906, with lightly's loss and the head of Barlow Twins, as its authors do.
    """

    output: int = Field(512, ge=2, description="dimensions of an embedding")
    invariance: float = Field(25.0, gt=0, description="weight of the views' squared distance")
    variance: float = Field(25.0, gt=0, description="weight of keeping deviations above 1")
    covariance: float = Field(1.0, ge=0, description="weight of covariances between dimensions")

    def modules(self, setting: Setting) -> dict[str, nn.Module]:
        """The head and the loss."""
        from lightly.models.modules.heads import BarlowTwinsProjectionHead

        from pleura.tasks.selfsup import unwaiting

        return {
            "projection": BarlowTwinsProjectionHead(setting.channels, self.hidden, self.output),
            "loss": unwaiting.VICReg(self.invariance, self.variance, self.covariance),
        }
