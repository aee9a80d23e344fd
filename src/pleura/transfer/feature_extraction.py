"""Feature extraction: the backbone is frozen, a head is trained on its features."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field

from pleura.models.places import CLASSIFIER
from pleura.train.phase import Phase
from pleura.transfer.strategy import Strategy

if TYPE_CHECKING:
    from pleura.models.classifier import Classifier

DROPOUT = 0.2  # of the hidden layer, as in Avola et al. 2022


class FeatureExtraction(Strategy):
    """One phase in which the head alone is trained, to convergence (Razavian et al. 2014).

    The backbone keeps every parameter and buffer bit for bit, so its features are computed once
    and shared by all heads, seeds, folds and fractions. A head with a hidden layer (Avola et al.
    2022, arXiv 2110.02780: 256 units, ReLU, dropout .2) has no single optimum; it trains by epochs.
    """

    hidden: int | None = Field(None, ge=1, description="units of a hidden layer before the classes")

    def surgery(self, model: Classifier) -> Classifier:
        """A head with a hidden layer, where one is asked for."""
        if self.hidden:
            from torch import nn

            model.head = nn.Sequential(
                nn.Linear(model.backbone.cuts[-1].channels, self.hidden),
                nn.ReLU(),
                nn.Dropout(DROPOUT),
                nn.Linear(self.hidden, model.n_classes),
            )
        return model

    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """The head alone."""
        linear = head_to_convergence()
        return (replace(linear, to_convergence=self.hidden is None),)


def head_to_convergence() -> Phase:
    """The phase of a linear probe: without augmentation, everything but the head frozen."""
    return Phase(name="head", trains=frozenset({CLASSIFIER}), to_convergence=True, augmented=False)
