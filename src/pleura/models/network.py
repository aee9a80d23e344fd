"""What the trainer trains: a network whose parts have names."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn


class Network(nn.Module, ABC):
    """Images in, logits out; divided into named parts, which train or are frozen as wholes."""

    @abstractmethod
    def parts(self) -> Iterator[tuple[str, nn.Module]]:
        """The parts from image to output; a name can have several modules.

        Together they hold each parameter, and each buffer that training may change, exactly once.
        """


class ImageNetwork(Network):
    """A network that normalises images in [0, 1]; `mean` and `std` have one value a channel."""

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1))

    def normalised(self, images: Tensor) -> Tensor:
        """Images (n, channels, h, w) in [0, 1] as the backbone was trained on them."""
        return (images - self.mean) / self.std


def to_channels_last(network: nn.Module) -> None:
    """Store the weights of convolutions with the channels last, in place.

    On a CPU this makes depthwise convolutions nearly twice as fast.
    """
    for parameter in network.parameters():
        if parameter.ndim == 4:
            # Of one channel, torch takes any strides for channels last and would change none; what
            # follows a gray image's first layer would then not be channels last either.
            _, c, h, w = parameter.shape
            strides = (h * w * c, 1, w * c, c)
            laid_out = torch.empty_strided(parameter.shape, strides, dtype=parameter.dtype)
            parameter.data = laid_out.to(parameter.device).copy_(parameter.data)
