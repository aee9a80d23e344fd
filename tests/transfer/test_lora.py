"""LoRA trains low-rank changes and the head; all else keeps every bit."""

import pytest
import torch
from torch import nn

from pleura._fabric import Fabric
from pleura.models.classifier import CLASSIFIER, Classifier
from pleura.models.lora import LowRank
from pleura.train.loop import FitSettings, fit
from pleura.train.phase import count_trained
from tests.train.fixtures import Spots

from .contract import CONVOLUTIONAL, TRANSFORMER, StrategyContract, build, state_of, tensors_of


class TestLoRA(StrategyContract):
    strategy = "lora"

    def may_change(self, model: Classifier) -> list[set[str]]:
        changes = {name for name in state_of(model) if name.endswith((".0.A", ".0.B"))}
        modules = [module for module in model.modules() if isinstance(module, LowRank)]
        assert len(changes) == 2 * len(modules) > 0
        return [changes | tensors_of(model, {CLASSIFIER})]


@pytest.mark.parametrize("backbone", [*CONVOLUTIONAL, TRANSFORMER])
def test_only_the_changes_and_the_head_change(backbone: str) -> None:
    plain = build("fine_tuning", backbone).classifier.eval()
    built = build("lora", backbone)
    model, images = built.classifier.eval(), Spots().images
    with torch.no_grad():
        # Its weights are sums, laid out in memory otherwise: equal but for rounding.
        torch.testing.assert_close(model(images), plain(images), rtol=1e-4, atol=1e-5)
    start = plain.state_dict()
    fit(
        model,
        Spots(n=16),
        built.strategy.phases(model),
        FitSettings(epochs=1, min_steps=1, batch_size=8),
        rate=1e-2,
        seed=0,
        fabric=Fabric(accelerator="cpu", devices=1),
    )
    end = model.state_dict()
    pretrained = {
        name.replace("parametrizations.weight.original", "weight"): value
        for name, value in end.items()
        if not name.endswith((".A", ".B"))
    }
    assert pretrained.keys() == start.keys()
    changed = {name for name in start if not torch.equal(start[name], pretrained[name])}
    assert changed == {"head.weight", "head.bias"}
    changes = [value for name, value in end.items() if name.endswith(".B")]
    assert changes
    assert all(value.any() for value in changes)


@pytest.mark.parametrize("backbone", ["mobilenet_v2_035", TRANSFORMER])
def test_the_trained_parameters_are_counted_right(backbone: str) -> None:
    plain = build("fine_tuning", backbone).classifier
    built = build({"lora": {"rank": 3}}, backbone)
    expected = sum(p.numel() for p in plain.head.parameters())
    for module in plain.backbone.modules():
        if isinstance(module, nn.Linear):
            expected += 3 * (module.in_features + module.out_features)
        elif isinstance(module, nn.Conv2d) and module.groups == 1 and module.in_channels > 1:
            size = module.in_channels * module.kernel_size[0] * module.kernel_size[1]
            expected += 3 * (module.out_channels + size)
    assert count_trained(built.classifier, built.strategy.phases(built.classifier)) == expected
