"""Norm tuning trains norms, their statistics too, and the head; other weights keep every bit."""

import pytest
from torch import nn

from pleura.errors import InputError
from pleura.models.classifier import CLASSIFIER, Classifier
from pleura.train.phase import set_mode

from .contract import StrategyContract, build, state_of, tensors_of


class TestNormTuning(StrategyContract):
    strategy = "norm_tuning"
    backbones = ("mobilenet_v2_035", "tf_efficientnet_lite0", "vit_tiny_patch16_224")

    def may_change(self, model: Classifier) -> list[set[str]]:
        norms = tuple(
            f"{path}."
            for path, module in model.named_modules()
            if isinstance(module, nn.BatchNorm2d | nn.LayerNorm)
        )
        assert len(norms) > 20
        named = {name for name in state_of(model) if name.startswith(norms)}
        return [named | tensors_of(model, {CLASSIFIER})]


def test_every_batchnorm_takes_the_statistics_of_the_images() -> None:
    built = build("norm_tuning", "mobilenet_v2_035")
    (phase,) = built.strategy.phases(built.classifier)
    set_mode(built.classifier, phase)
    norms = [m for m in built.classifier.modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms
    assert all(norm.training for norm in norms)


def test_a_network_without_norms_is_refused() -> None:
    built = build("norm_tuning", "squeezenet1_0")
    with pytest.raises(InputError, match=r"squeezenet1_0 has no normalisation .*\n.*bitfit"):
        built.strategy.phases(built.classifier)
