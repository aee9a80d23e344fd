"""What the trainer trains: a network whose parts have names."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch
from torch import nn


class Network(nn.Module, ABC):
    """Images in, logits out; divided into named parts, which train or are frozen as wholes."""

    @abstractmethod
    def parts(self) -> Iterator[tuple[str, nn.Module]]:
        """The parts from image to output; a name can have several modules.

        Together they hold each parameter, and each buffer that training may change, exactly once.
        """


def to_channels_last(network: nn.Module) -> None:
    """Lay its convolutions out channels last, in place: nearly twice as fast for depthwise ones on
    a CPU."""
    for parameter in network.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
