"""L2-SP: fine-tuning that is drawn back to the pretrained weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.train.phase import Phase
from pleura.transfer.strategy import Strategy, all_parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from pleura.models.classifier import Classifier


class L2SP(Strategy):
    """Everything trains; an L2 penalty holds weights near their start (Li et al. 2018).

    arXiv 1802.01483: alpha / 2 * |w - w0|^2 over all parameters of the backbone, w0 where they
    started, and beta / 2 * |head|^2. It takes the place of weight decay, which would draw the
    backbone to zero: AdamW's own decay is off.
    """

    alpha: float = Field(0.1, ge=0, description="strength for the backbone")
    beta: float = Field(0.01, ge=0, description="strength for the head")

    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """All cuts and the head, at one rate, without weight decay."""
        return (Phase(name="l2-sp", trains=all_parts(model), decays=False),)

    def penalty(self, model: Classifier) -> Callable[[], Tensor]:
        """The penalty around the weights that `model` has now."""
        start = _vector(model.backbone).detach()

        def now() -> Tensor:
            nonlocal start
            backbone = _vector(model.backbone)
            start = start.to(backbone.device)
            moved = (backbone - start).square().sum()
            head = _vector(model.head).square().sum()
            return self.alpha / 2 * moved + self.beta / 2 * head

        return now


def _vector(module: nn.Module) -> Tensor:
    """All parameters in one row; torch's own function takes no channels-last weights."""
    import torch

    return torch.cat([parameter.flatten() for parameter in module.parameters()])
