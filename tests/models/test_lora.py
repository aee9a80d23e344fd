"""A low-rank change: nothing at first, alpha / rank * B A later, and only where it pays."""

import copy

import torch
from torch import nn

from pleura.models.lora import LowRank, adapt


def changes_of(layer: nn.Module) -> tuple[nn.Parameter, nn.Parameter]:
    (change,) = (module for module in layer.modules() if isinstance(module, LowRank))
    return change.A, change.B


def test_a_linear_layer_gets_the_change_of_the_paper() -> None:
    layer = nn.Linear(6, 5)
    plain = copy.deepcopy(layer)
    adapt(layer, rank=2, alpha=6.0)
    x = torch.randn(3, 6, generator=torch.Generator().manual_seed(0))
    assert torch.equal(layer(x), plain(x))
    a, b = changes_of(layer)
    with torch.no_grad():
        b.copy_(torch.randn(5, 2, generator=torch.Generator().manual_seed(1)))
    torch.testing.assert_close(layer(x), plain(x) + 3 * x @ a.T @ b.T)


def test_a_convolution_gets_two_convolutions_side_by_side() -> None:
    layer = nn.Conv2d(4, 6, 3, padding=1, stride=2)
    plain = copy.deepcopy(layer)
    adapt(layer, rank=2, alpha=2.0)
    a, b = changes_of(layer)
    generator = torch.Generator().manual_seed(0)
    nn.init.normal_(b, generator=generator)
    x = torch.randn(2, 4, 9, 9, generator=generator)
    down = nn.functional.conv2d(x, a.view(2, 4, 3, 3), stride=2, padding=1)
    change = nn.functional.conv2d(down, b.view(6, 2, 1, 1))
    torch.testing.assert_close(layer(x), plain(x) + change, atol=1e-5, rtol=1e-4)


def test_grouped_and_gray_convolutions_are_left_as_they_are() -> None:
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3, groups=4), nn.BatchNorm2d(4))
    adapt(network, rank=2, alpha=2.0)
    assert not any(isinstance(module, LowRank) for module in network.modules())
