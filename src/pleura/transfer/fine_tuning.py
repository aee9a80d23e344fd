"""Fine-tuning: everything trains. From random weights this is training from scratch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pleura.train.phase import Phase
from pleura.transfer.strategy import Strategy, all_parts

if TYPE_CHECKING:
    from pleura.models.classifier import Classifier


class FineTuning(Strategy):
    """One phase in which all parameters train and BatchNorm adapts (Yosinski et al. 2014)."""

    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """All cuts and the head, at one rate."""
        return (Phase(name="fine-tuning", trains=all_parts(model)),)
