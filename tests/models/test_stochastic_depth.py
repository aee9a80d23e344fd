"""Residual branches of every family are found, and left out as often as asked in what trains."""

import pytest
import torch
from tests.train.fixtures import small_classifier
from torch import Tensor, nn

from pleura.models.build import build_backbone, list_backbones
from pleura.models.classifier import CLASSIFIER, Classifier
from pleura.models.stochastic_depth import drop_branches, residual_branches
from pleura.models.unet_nets import build_unet
from pleura.train.phase import Phase, freeze, set_mode
from pleura.transfer.strategy import all_parts

BRANCHES = {
    "resnet18": 8,
    "resnet50": 16,
    "resnext50_32x4d": 16,
    "wide_resnet50_2": 16,
    "mobilenet_v2": 10,
    "mobilenet_v2_035": 10,
    "mobilenet_v3_large": 10,
    "mnasnet1_0": 10,
    "tf_efficientnet_lite0": 9,
    "convnext_atto": 12,
    "swin_tiny_patch4_window7_224": 24,
    "vit_tiny_patch16_224": 24,
}
"""Counted by hand from the papers; two a block of a transformer. Other networks have none."""


@pytest.mark.parametrize("name", list_backbones())
def test_branches_of_every_listed_network_are_found(name: str) -> None:
    with torch.device("meta"):
        network = build_backbone(name, "random", channels=3).backbone
    assert len(list(residual_branches(network))) == BRANCHES.get(name, 0)


ALIVE = [*BRANCHES, "mobileone_s0", "repvgg_a0", "mobilevit_xxs", "test_byobnet", "hgnetv2_b0"]
SIZES = {"swin_tiny_patch4_window7_224": 224, "vit_tiny_patch16_224": 224}


@pytest.mark.parametrize("name", ALIVE)
def test_outputs_follow_from_the_image_whatever_is_left_out(name: str) -> None:
    """A block to which nothing is added would give zeros, whatever the image is."""
    network = build_backbone(name, "random", channels=3).backbone
    drop_branches(network, 0.999)
    for module in network.modules():
        module.train(not isinstance(module, nn.modules.batchnorm._NormBase))
    side = SIZES.get(name, 64)
    torch.manual_seed(0)
    first, second = network(torch.rand(2, 3, side, side)).detach()
    assert not torch.allclose(first, second, rtol=1e-3, atol=0.0)


def images(n: int = 4) -> Tensor:
    return torch.rand(n, 1, 32, 32, generator=torch.Generator().manual_seed(0))


def whole(model: Classifier) -> Phase:
    return Phase("all", all_parts(model))


def outputs(model: Classifier, seed: int) -> Tensor:
    torch.manual_seed(seed)
    logits: Tensor = model(images())
    return logits.detach()


@pytest.mark.parametrize("name", ["test_vit", "test_convnext", "resnet18"])
def test_it_is_at_work_in_training_alone_and_follows_from_the_seed(name: str) -> None:
    loaded = build_backbone(name, "random")
    model = Classifier(loaded.backbone, loaded.mean, loaded.std, 2)
    judged, names = outputs(model.eval(), 0), list(model.state_dict())
    drop_branches(model, 0.5)
    assert torch.equal(outputs(model.eval(), 0), judged)
    freeze(model, whole(model))
    set_mode(model, whole(model))
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._NormBase):
            module.eval()  # which would make outputs hang on the other images
    assert torch.equal(outputs(model, 1), outputs(model, 1))
    assert not torch.equal(outputs(model, 1), outputs(model, 2))
    assert list(model.state_dict()) == names


def test_frozen_blocks_are_never_left_out() -> None:
    model = small_classifier(backbone="test_vit")
    model.dropout.p = 0.0
    judged = outputs(model.eval(), 0)
    drop_branches(model, 0.9)
    head = Phase("head", frozenset({CLASSIFIER}))
    # A part that trains of which the phase chooses nothing but the head's parameters.
    chosen = Phase(
        "none", all_parts(model), batchnorm_adapts=False, only=lambda part, *_: part == CLASSIFIER
    )
    freeze(model, whole(model))
    set_mode(model, whole(model))
    assert not torch.equal(outputs(model, 3), judged)
    for phase in (head, chosen):
        freeze(model, phase)
        set_mode(model, phase)
        assert torch.equal(outputs(model, 3), judged)


class Block(nn.Module):
    """A residual block as timm's, whose branch doubles what comes in."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((1,), 2.0))
        self.drop_path = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x + self.drop_path(self.weight * x)
        return y


def test_later_branches_are_left_out_more_often_and_the_mean_stays() -> None:
    blocks = nn.ModuleList([Block(), Block()])
    drop_branches(blocks, 0.6)
    x = torch.ones(20000, 1)
    torch.manual_seed(0)
    for block, rate in zip(blocks, (0.3, 0.6), strict=True):
        y = block(x).detach()
        left_out = (y == 1).float().mean().item()
        assert left_out == pytest.approx(rate, abs=0.01)
        assert y.mean().item() == pytest.approx(3.0, abs=0.05)
        assert y.max().item() == pytest.approx(1 + 2 / (1 - rate))


def test_the_networks_own_rate_gives_way() -> None:
    """timm's Swin leaves out branches by itself."""
    with torch.device("meta"):
        network = build_backbone("swin_tiny_patch4_window7_224", "random", channels=3).backbone
    drop_branches(network, 0.2)
    assert {getattr(end, "drop_prob", 0.0) for _, end in residual_branches(network)} == {0.0}


def test_the_encoder_of_a_u_net_has_branches_and_x_unet_has_none() -> None:
    options = {"unet": {"backbone": "mobilenet_v2_035"}}
    unet = build_unet(options, "random", 1, seed=0).network
    assert any(residual_branches(unet))
    x_unet = build_unet({"x_unet": {"width": 4}}, "random", 1, seed=0).network
    assert not any(residual_branches(x_unet))
