"""BitFit: biases and the head train, all else keeps every bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pleura.models.places import CLASSIFIER
from pleura.train.phase import Phase
from pleura.transfer.strategy import Strategy, all_parts

if TYPE_CHECKING:
    from torch import nn

    from pleura.models.classifier import Classifier


class BitFit(Strategy):
    """The biases of all layers train, and the head (Ben Zaken et al. 2022).

    arXiv 2106.10199. Convolutions before a norm have no bias of their own; there it is the norm's
    that trains. Weights, the scales of norms and BatchNorm's statistics keep every bit, so that a
    fitted network is the pretrained one with other biases.
    """

    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """The biases of all cuts and the head, at one rate."""
        return (Phase("bitfit", all_parts(model), only=is_bias_or_head, batchnorm_adapts=False),)


def is_bias_or_head(part: str, name: str, parameter: nn.Parameter) -> bool:
    """Whether BitFit trains a parameter. Attention layers call theirs `q_bias`, `in_proj_bias`."""
    return part == CLASSIFIER or name.endswith("bias")
