"""Linear probe, then fine-tuning: a good head first, so that features are not distorted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pleura.train.phase import Phase
from pleura.transfer.feature_extraction import head_to_convergence
from pleura.transfer.strategy import Strategy, all_parts

if TYPE_CHECKING:
    from pleura.models.classifier import Classifier


class LinearProbeThenFineTuning(Strategy):
    """The head to convergence on frozen features, then everything (Kumar et al. 2022).

    arXiv 2202.10054: the gradients of a random head distort pretrained features. BatchNorm keeps
    its statistics throughout, as in the authors' experiments: statistics of a batch would give the
    probed head features that it has never seen.
    """

    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """The head alone, then all cuts and the head at one rate."""
        return (
            head_to_convergence(),
            Phase(name="fine-tuning", trains=all_parts(model), batchnorm_adapts=False),
        )
