"""BitFit trains biases and the head; weights, scales and statistics keep every bit."""

from torch import nn

from pleura.models.classifier import CLASSIFIER, Classifier
from pleura.train.phase import count_trained, set_mode

from .contract import StrategyContract, build, tensors_of


class TestBitFit(StrategyContract):
    strategy = "bitfit"

    def may_change(self, model: Classifier) -> list[set[str]]:
        biases = {
            f"{path}.bias"
            for path, module in model.named_modules()
            if isinstance(getattr(module, "bias", None), nn.Parameter)
        }
        assert len(biases) > 20
        return [biases | tensors_of(model, {CLASSIFIER})]


def test_of_a_squeezenet_one_parameter_a_channel_trains_and_the_head() -> None:
    built = build("bitfit", "squeezenet1_0")
    channels = sum(
        module.out_channels
        for module in built.classifier.modules()
        if isinstance(module, nn.Conv2d)
    )
    phases = built.strategy.phases(built.classifier)
    assert count_trained(built.classifier, phases) == channels + 2 * 512 + 2


def test_batchnorm_keeps_its_statistics_though_its_bias_trains() -> None:
    built = build("bitfit", "mobilenet_v2_035")
    (phase,) = built.strategy.phases(built.classifier)
    set_mode(built.classifier, phase)
    norms = [m for m in built.classifier.modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms
    assert not any(norm.training for norm in norms)
