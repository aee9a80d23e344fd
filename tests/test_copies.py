"""A copy of a network is what `copy.deepcopy` gives, and shares nothing."""

import copy

import pytest
import torch

from pleura.models.build import build_backbone
from tests.copies import Kept


@pytest.mark.parametrize("name", ["mobilenet_v2_035", "tf_efficientnet_lite0"])
def test_a_copy_is_a_deep_copy(name: str) -> None:
    original = build_backbone(name, "random")
    first, *parameters = original.backbone.parameters()
    first.requires_grad = False
    kept = Kept(original)
    one, other, expected = kept.copy(), kept.copy(), copy.deepcopy(original)
    state = expected.backbone.state_dict()
    assert state.keys() == one.backbone.state_dict().keys()
    for key, tensor in one.backbone.state_dict().items():
        assert torch.equal(tensor, state[key])
        assert tensor.stride() == state[key].stride()
    trained = [parameter.requires_grad for parameter in one.backbone.parameters()]
    assert trained == [False] + [True] * len(parameters)
    assert str(one.backbone) == str(expected.backbone)
    assert one.backbone.cuts == expected.backbone.cuts
    assert (one.mean, one.std, one.size) == (expected.mean, expected.std, expected.size)
    with torch.no_grad():
        for tensor in one.backbone.state_dict().values():
            tensor.zero_()
    for copied in (other, original):
        for key, tensor in copied.backbone.state_dict().items():
            assert torch.equal(tensor, state[key])


def test_a_tensor_that_stands_twice_is_one_in_the_copy() -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    first, second = Kept([weight, weight]).copy()
    assert first is second
    assert first is not weight
