"""Layer-wise rates: the nearer to the image, the slower a stage learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.models.places import stages
from pleura.train.phase import Phase
from pleura.transfer.strategy import Strategy, all_parts

if TYPE_CHECKING:
    from pleura.models.classifier import Classifier


class LayerWiseRates(Strategy):
    """Everything trains, each stage slower than the next one (Howard & Ruder 2018).

    The rate of the head is 1, that of the last stage `decay`, of the one before `decay`^2, and so
    on, as in ELECTRA (Clark et al. 2020); the cuts of a stage share its rate.
    """

    decay: float = Field(0.7, gt=0, lt=1, description="rate of a stage over that of the next one")

    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """All cuts and the head, each stage at its own rate."""
        rates = {
            cut: self.decay**steps
            for steps, stage in enumerate(reversed(stages(model.backbone)), start=1)
            for cut in stage
        }
        return (Phase(name="layer-wise rates", trains=all_parts(model), rates=rates),)
