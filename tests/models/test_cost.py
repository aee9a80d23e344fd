"""Cost against published counts."""

import pytest
import torch

from pleura.models.build import build_backbone
from pleura.models.classifier import Classifier
from pleura.models.cost import count_macs, count_parameters, measure_latency


def test_resnet18_has_the_published_cost() -> None:
    loaded = build_backbone("resnet18", "random", channels=3)
    model = Classifier(loaded.backbone, loaded.mean, loaded.std, 1000)
    # torchvision's model card: 11,689,512 parameters and 1.81 GMAC at 224 pixels.
    assert count_parameters(model) == 11_689_512
    assert count_macs(model, 224, channels=3) == pytest.approx(1.81e9, rel=0.005)


def test_attention_is_counted() -> None:
    backbone = build_backbone("vit_tiny_patch16_224", "random").backbone
    tokens, width = 16 + 1, 192
    embedding = 16 * (16 * 16) * width
    block = tokens * 12 * width * width + 2 * tokens * tokens * width
    assert count_macs(backbone, 64) == embedding + 12 * block


def test_measuring_changes_nothing() -> None:
    loaded = build_backbone("mobilenet_v2_035", "random")
    model = Classifier(loaded.backbone, loaded.mean, loaded.std, 2).train()
    model.backbone.modules_of("stem")[0].eval()
    modes = [module.training for module in model.modules()]
    state = {key: value.clone() for key, value in model.state_dict().items()}
    assert measure_latency(model, 64, 3) > 0
    count_macs(model, 64)
    assert modes == [module.training for module in model.modules()]
    assert all(torch.equal(state[key], value) for key, value in model.state_dict().items())
