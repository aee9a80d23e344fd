"""Networks are laid out channels last, those of gray images too."""

import copy

import torch

from pleura.models.build import build_backbone
from pleura.models.network import to_channels_last


def test_maps_of_gray_images_are_channels_last() -> None:
    backbone = build_backbone("mobilenet_v2_035", "random", seed=0).backbone.eval()
    images = torch.rand(2, 1, 64, 64)
    before = backbone(images)
    to_channels_last(backbone)
    first = backbone.cuts[0].name
    maps = backbone.forward_cuts(images, [first])[first]
    assert maps.is_contiguous(memory_format=torch.channels_last)
    assert not maps.is_contiguous()
    torch.testing.assert_close(backbone(images), before, atol=1e-4, rtol=1e-4)


def test_a_copy_stays_so_and_takes_weights_as_they_are() -> None:
    backbone = build_backbone("mobilenet_v2_035", "random", seed=0).backbone
    state = {name: tensor.clone() for name, tensor in backbone.state_dict().items()}
    to_channels_last(backbone)
    again = copy.deepcopy(backbone)
    again.load_state_dict(state)
    strides = [p.stride() for p in backbone.parameters()]
    assert [p.stride() for p in again.parameters()] == strides
    for name, tensor in again.state_dict().items():
        torch.testing.assert_close(tensor, state[name], rtol=0, atol=0)
