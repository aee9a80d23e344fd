"""SimCLR: two views of an image attract, all others of the batch repel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.tasks.selfsup.methods.method import Setting
from pleura.tasks.selfsup.methods.two_view_method import TwoViewMethod

if TYPE_CHECKING:
    from torch import nn


class SimCLR(TwoViewMethod):
    """Tell the other view of an image among all views of the batch (Chen et al. 2020).

    arXiv 2002.05709, with lightly's head and loss. The larger the batch, the harder the task.
    """

    temperature: float = Field(0.2, gt=0, description="of the softmax over similarities")

    def modules(self, setting: Setting) -> dict[str, nn.Module]:
        """The head and the loss."""
        from lightly.models.modules.heads import SimCLRProjectionHead

        from pleura.tasks.selfsup.unwaiting import NTXent

        return {
            "projection": SimCLRProjectionHead(setting.channels, self.hidden, self.output),
            # With a queue of no entries: lightly leaves the buffers of a missing one unset.
            "loss": NTXent(self.temperature, (0, self.output)),
        }
