"""Fine-tuning: everything trains. From random weights this is training from scratch."""

from pydantic import BaseModel, ConfigDict

from pleura.models.classifier import Classifier
from pleura.train.phase import Phase
from pleura.transfer.strategy import Penalty, all_parts


class FineTuning(BaseModel):
    """One phase in which all parameters train and BatchNorm adapts (Yosinski et al. 2014)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def surgery(self, model: Classifier) -> Classifier:
        """Nothing is cut."""
        return model

    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """All cuts and the head, at one rate."""
        return (Phase(name="fine-tuning", trains=all_parts(model)),)

    def penalty(self, model: Classifier) -> Penalty | None:
        """None."""
        return None
