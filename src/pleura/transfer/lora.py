"""LoRA: the backbone is frozen but for a change of low rank in each of its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.train.phase import Phase
from pleura.transfer.strategy import Strategy, all_parts, head_and, own_parameters

if TYPE_CHECKING:
    from pleura.models.classifier import Classifier


class LoRA(Strategy):
    """A low-rank change of each weight trains, and the head (Hu et al. 2021).

    arXiv 2106.09685, on all linear layers and dense convolutions. The weights themselves, biases,
    norms and buffers keep every bit; before training the network's function is unchanged.
    """

    rank: int = Field(4, ge=1, description="of the change")
    alpha: float = Field(8.0, gt=0, description="the change is scaled by alpha / rank")

    def surgery(self, model: Classifier) -> Classifier:
        """Put the changes, zero at first, on the backbone."""
        from pleura.models.lora import adapt

        adapt(model.backbone, self.rank, self.alpha)
        return model

    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """The changes in all cuts and the head, at one rate."""
        from pleura.models.lora import LowRank

        changes = own_parameters(model, lambda module: isinstance(module, LowRank))
        only = head_and(changes)
        return (Phase("lora", all_parts(model), only=only, batchnorm_adapts=False),)
