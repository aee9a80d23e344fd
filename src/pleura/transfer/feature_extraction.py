"""Feature extraction: the backbone is frozen, a linear head is trained on its features."""

from pydantic import BaseModel, ConfigDict

from pleura.models.classifier import Classifier
from pleura.train.phase import HEAD, Phase
from pleura.transfer.strategy import Penalty


class FeatureExtraction(BaseModel):
    """One phase in which the head alone is trained, to convergence (Razavian et al. 2014).

    The backbone keeps every parameter and buffer bit for bit, so its features are computed once
    and shared by all heads, seeds, folds and fractions.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    def surgery(self, model: Classifier) -> Classifier:
        """Nothing is cut."""
        return model

    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """The head alone, to its optimum."""
        return (
            Phase(
                name="head",
                trains=frozenset({HEAD}),
                to_convergence=True,
                batchnorm_adapts=False,
                augmented=False,
            ),
        )

    def penalty(self, model: Classifier) -> Penalty | None:
        """None."""
        return None
