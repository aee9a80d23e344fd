"""Stochastic depth: residual branches of blocks that train are left out at random, image by image.

Huang, Sun, Liu, Sedra and Weinberger (2016), Deep networks with stochastic depth, arXiv 1603.09382.
The libraries build it into some of their networks; here it is put on any network with residual
blocks after surgery, so that it is that of the blocks that are left, and on those alone that train.
It has no parameters: weights are read and written as without it.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from torch import Tensor, nn

import pleura._torchvision  # noqa: F401  isort: skip
from torchvision.models import mnasnet, mobilenetv2, mobilenetv3, resnet
from torchvision.ops import stochastic_depth

VERSION = 2  # part of the keys of trainings that use it: raised whenever another branch is left out
# Names of what timm has at the ends of branches.
OF_TIMM = ("drop_path", "drop_path1", "drop_path2")
ENDS: Mapping[type[nn.Module], Callable[[Any], nn.Module | None]] = {
    resnet.BasicBlock: lambda block: block.bn2,
    resnet.Bottleneck: lambda block: block.bn3,
    mobilenetv2.InvertedResidual: lambda block: block.conv if block.use_res_connect else None,
    mobilenetv3.InvertedResidual: lambda block: block.block if block.use_res_connect else None,
    mnasnet._InvertedResidual: lambda block: block.layers if block.apply_residual else None,
}
"""For each kind of block of torchvision the module whose output is added to what came in, or None
where nothing is added."""


def residual_branches(network: nn.Module) -> Iterator[tuple[nn.Module, nn.Module]]:
    """The residual branches of a network from image to output: the block, and the module of it
    whose output is added to what came in."""
    for block in network.modules():
        if end_of := ENDS.get(type(block)):
            if (end := end_of(block)) is not None:
                yield block, end
        elif _is_added(block):
            for name, child in block.named_children():
                if name in OF_TIMM:
                    yield block, child


def _is_added(block: nn.Module) -> bool:
    """Whether a block of timm adds what came in to its output: of a block that does not, nothing
    would be left. EfficientNets say it by `has_skip`, HGNets by `residual`; MobileOne, RepVGG and
    the other networks of ByobNet have no `identity` or `shortcut` then."""
    flags = getattr(block, "has_skip", True) and getattr(block, "residual", True)
    ways = (getattr(block, name, block) for name in ("identity", "shortcut"))
    return bool(flags) and all(way is not None for way in ways)


def drop_branches(network: nn.Module, rate: float) -> None:
    """Let the residual branches of a network be left out in training, in place.

    Of L branches the l-th from the image is left out with the probability `rate` l / L, and counts
    the more where it is not; in a block that is in evaluation mode, or of which nothing trains, it
    never is. It takes the place of what the network has of this itself. A network without such
    branches stays as it is.
    """
    branches = list(residual_branches(network))
    for number, (block, end) in enumerate(branches, start=1):
        if hasattr(end, "drop_prob"):
            own: Any = end
            own.drop_prob = 0.0
        of_branch = rate * number / len(branches)
        end.register_forward_hook(partial(_left_out, block, of_branch))


def _left_out(
    block: nn.Module, rate: float, _end: nn.Module, _given: Any, output: Tensor
) -> Tensor:
    """A hook: the output of a branch with rows left out at random."""
    if not block.training or not any(each.requires_grad for each in block.parameters()):
        return output
    kept: Tensor = stochastic_depth(output, rate, "row")
    return kept
