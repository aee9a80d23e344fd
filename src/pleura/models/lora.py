"""LoRA: a low-rank change beside each weight, trained in its place."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize


class LowRank(nn.Module):
    """A weight plus alpha / rank * B A in the weight's shape (Hu et al. 2021, arXiv 2106.09685).

    A (rank, in * kernel) is drawn as torch draws a linear layer, B (out, rank) is zero, so that
    the weight is unchanged at first. For a convolution, A is one with `rank` outputs and the same
    kernel, and B one of 1 x 1.
    """

    def __init__(self, weight: Tensor, rank: int, alpha: float) -> None:
        super().__init__()
        self.scaling = alpha / rank
        self.A = nn.Parameter(weight.new_empty(rank, weight[0].numel()))
        self.B = nn.Parameter(weight.new_zeros(len(weight), rank))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))

    def forward(self, weight: Tensor) -> Tensor:
        """The changed weight, of the same shape."""
        change = (self.B @ self.A).view(weight.shape)
        return torch.add(weight, change, alpha=self.scaling)


def adapt(network: nn.Module, rank: int, alpha: float) -> None:
    """Put a low-rank change on each linear layer and each dense convolution, in place.

    Grouped convolutions, and those that read a single channel, are left as they are: their
    weights are small, or of low rank already. The function of the network stays the same.
    """
    for module in list(network.modules()):
        if isinstance(module, nn.Linear) or (
            isinstance(module, nn.Conv2d) and module.groups == 1 and module.in_channels > 1
        ):
            change = LowRank(module.weight, rank, alpha)
            parametrize.register_parametrization(module, "weight", change)


def merge(network: nn.Module) -> None:
    """Make each change part of its weight for good, in place: a plain network of the same function.

    Any other parametrisation is made part of its tensor as well.
    """
    for module in list(network.modules()):
        for name in list(getattr(module, "parametrizations", ())):
            parametrize.remove_parametrizations(module, name)


def load_merged(module: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Load the weights of a merged module, in place, into one that has parametrisations still:
    each with a `right_inverse`, which says what stands for a weight."""
    changed = {name for name in state if parametrize.is_parametrized(module, name)}
    for name in changed:
        setattr(module, name, state[name])
    others = {name: tensor for name, tensor in state.items() if name not in changed}
    module.load_state_dict(others, strict=not changed)
