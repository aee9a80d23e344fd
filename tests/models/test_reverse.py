"""A U-Net becomes a classifier, and keeps what it has learned."""

from typing import Any, cast

import pytest
import torch
from tests.models.unet_contract import images, make
from torch import Tensor
from torch.nn import functional

from pleura.errors import InputError
from pleura.evaluate.heatmaps import grad_cam, grids
from pleura.models.classifier import CLASSIFIER
from pleura.models.reverse import HEADS, ReverseClassifier
from pleura.models.unet import Scales, UNet

SPECS = (
    {"x_unet": {"width": 4}},
    {"unet": {"backbone": "mobilenet_v2_035"}},
    {"unet": {"backbone": "vit_tiny_patch16_224", "at": 1}},
)


@torch.enable_grad()
def trained(spec: Any) -> UNet:
    """A U-Net after a step of training: BatchNorm's statistics have moved."""
    net = make(spec)
    optimiser = torch.optim.SGD(net.parameters(), lr=0.1)
    targets = torch.ones(4, 32, 32).long()
    torch.autograd.backward(functional.cross_entropy(net(images(32, 32, n=4)), targets))
    optimiser.step()
    return net.eval()


def equal(one: Scales, other: Scales) -> bool:
    pairs = zip(
        (one.bottleneck, *one.decoder, one.logits),
        (other.bottleneck, *other.decoder, other.logits),
        strict=True,
    )
    return all(torch.equal(a, b) for a, b in pairs)


def pooled_by_hand(head: str, scales: Scales) -> Tensor:
    maps = {
        "logits": [scales.logits],
        "decoder": [scales.decoder[-1]],
        "bottleneck": [scales.bottleneck],
        "scales": [scales.bottleneck, *scales.decoder],
    }[head]
    return torch.cat([found.flatten(2).sum(2) / found[0, 0].numel() for found in maps], dim=1)


@torch.no_grad()
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_weights_are_taken_over_exactly(spec: Any, head: str) -> None:
    unet, x = trained(spec), images(48, 32, n=3)
    before = unet.scales(x)
    model = ReverseClassifier(unet, head, 3, seed=1).eval()
    assert equal(model.unet.scales(x), before)
    assert torch.equal(model.segment(x), before.logits)
    features = pooled_by_hand(head, before)
    torch.testing.assert_close(model.features(x), features)
    by_hand = features @ model.head.get_parameter("weight").T + model.head.get_parameter("bias")
    torch.testing.assert_close(model(x), by_hand)
    assert model(x).shape == (3, 3)


@pytest.mark.parametrize("head", HEADS)
def test_blocks_are_what_the_logits_depend_on(head: str) -> None:
    model = ReverseClassifier(make(SPECS[0]), head, 2, seed=0)
    model(images(32, 32)).square().sum().backward()
    assert {name for block in model.blocks() for name in block} == {
        part
        for part, module in model.parts()
        if all(parameter.grad is not None for parameter in module.parameters())
    }
    assert model.blocks()[-1] == (CLASSIFIER,)
    owned = [id(p) for _, module in model.parts() for p in module.parameters()]
    assert sorted(owned) == sorted(id(p) for p in model.parameters())


def test_the_head_follows_the_seed_and_leaves_the_global_state() -> None:
    unet, before = make(SPECS[0]), torch.random.get_rng_state()
    one, same, other = (
        ReverseClassifier(unet, "scales", 2, seed=seed).head.get_parameter("weight")
        for seed in (1, 1, 2)
    )
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_it_still_segments_after_fine_tuning_by_its_own_weights() -> None:
    unet, x = trained(SPECS[1]), images(32, 32, n=4)
    before = unet(x).detach()
    model = ReverseClassifier(unet, "decoder", 2, seed=0)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    torch.autograd.backward(functional.cross_entropy(model(x), torch.tensor([0, 1, 0, 1])))
    optimiser.step()
    with torch.no_grad():
        assert not torch.equal(model.segment(x), before)
        assert torch.equal(model.segment(x), model.unet(x))


@pytest.mark.parametrize("head", HEADS)
def test_heat_maps_are_made_at_the_encoders_cuts(head: str) -> None:
    model = cast(Any, ReverseClassifier(trained(SPECS[1]), head, 2, seed=0).eval())
    x = images(64, 64, n=2)
    for cut, side in grids(model, 64).items():
        found = grad_cam(model, x, torch.tensor([0, 1]), cut=cut)
        assert found.shape == (2, side, side)


def test_an_unknown_head_is_told() -> None:
    with pytest.raises(InputError, match="did you mean 'decoder'"):
        ReverseClassifier(make(SPECS[0]), "decoders", 2, seed=0)
