"""SwAV: predict the cluster of one view from the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from pleura.tasks.selfsup.methods.method import Setting
from pleura.tasks.selfsup.methods.two_view_method import TwoViewMethod

if TYPE_CHECKING:
    from torch import Tensor, nn

    from pleura.tasks.selfsup.pretrainer import Pretrainer


class SwAV(TwoViewMethod):
    """Predict one view's prototypes from the other, all used equally (Caron et al. 2020).

    arXiv 2006.09882, with lightly's head and loss. Images are assigned within the batch, by three
    rounds of Sinkhorn and Knopp; there is no queue, so have no more prototypes than images in one.
    """

    prototypes: int = Field(64, ge=2, description="at most as many as images in a batch")
    temperature: float = Field(0.1, gt=0, description="of the predictions")

    def cautions(self, images: int, batch_size: int) -> list[str]:
        """More prototypes than images in a batch."""
        batch = min(batch_size, images)
        if self.prototypes <= batch:
            return []
        return [
            f"a batch of {batch} images cannot use {self.prototypes} prototypes equally; set "
            f"`prototypes` to {batch} or less, or make training.batch_size larger"
        ]

    def modules(self, setting: Setting) -> dict[str, nn.Module]:
        """Head with its prototypes, and loss."""
        from lightly.loss.swav_loss import SwaVLoss
        from lightly.models.modules.heads import SwaVProjectionHead
        from torch import nn

        from pleura.tasks.selfsup.prototypes import Prototypes

        projection = nn.Sequential(
            SwaVProjectionHead(setting.channels, self.hidden, self.output),
            Prototypes(self.output, self.prototypes),
        )
        return {"projection": projection, "loss": SwaVLoss(self.temperature)}

    def compare(self, network: Pretrainer, outputs: Sequence[Tensor]) -> Tensor:
        """The swapped predictions of two large crops; there are no small ones."""
        loss: Tensor = network.own["loss"](outputs, [])
        return loss.squeeze()
