"""Shapes of maps without the work of norms and activations."""

import torch
from torch import Tensor, nn

from pleura.models.shapes import shapes_alone


class Squeezed(nn.Module):
    """Has an activation within, and one by a function, which stays."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = torch.relu(self.layers(x))
        return y


@torch.no_grad()
def test_shapes_stay_and_norms_and_activations_are_back_afterwards() -> None:
    net = Squeezed().eval()
    x = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    expected = net(x)
    with shapes_alone(net):
        passed = net.layers(x)
        assert torch.equal(passed, net.layers[0](x))
        assert net(x).shape == expected.shape
    assert torch.equal(net(x), expected)
    assert all("forward" not in vars(module) for module in net.modules())


def test_what_stands_in_several_places_is_passed_on_once() -> None:
    shared = nn.ReLU()
    net = nn.Sequential(shared, nn.Sequential(shared))
    x = torch.full((1,), -1.0)
    with shapes_alone(net), shapes_alone(net[1]):
        assert net(x).item() == -1.0
    assert net(x).item() == 0.0
