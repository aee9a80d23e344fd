"""What the trainer trains: a network whose parts have names."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

from torch import nn


class Network(nn.Module, ABC):
    """Images in, logits out; divided into named parts, which train or are frozen as wholes."""

    @abstractmethod
    def parts(self) -> Iterator[tuple[str, nn.Module]]:
        """The parts from image to output; a name can have several modules.

        Together they hold each parameter, and each buffer that training may change, exactly once.
        """
