"""Norm tuning: normalisation layers and the head train, all other weights keep every bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pleura.errors import InputError
from pleura.train.phase import Phase
from pleura.transfer.strategy import Strategy, all_parts, head_and, own_parameters

if TYPE_CHECKING:
    from torch import nn

    from pleura.models.classifier import Classifier


class NormTuning(Strategy):
    """Scales and shifts of normalisation layers train, and the head (Mudrakarta et al. 2019).

    arXiv 1810.10703; Frankle et al. 2021, arXiv 2003.00152. BatchNorm has the statistics of the
    training images, as it has in fine-tuning.
    """

    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """The norms of all cuts and the head, at one rate. Raises InputError where there are no
        norms."""
        norms = own_parameters(model, is_norm)
        if not norms:
            raise InputError(
                f"norm_tuning: {model.backbone.name} has no normalisation layers",
                ["use bitfit or feature_extraction, or another network"],
            )
        return (Phase("norm tuning", all_parts(model), only=head_and(norms)),)


def is_norm(module: nn.Module) -> bool:
    """Whether a layer normalises; libraries have norms of their own that share no class."""
    return "norm" in type(module).__name__.lower()
