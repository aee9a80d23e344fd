"""Cost against published counts."""

import pytest
import torch
from torch import Tensor, nn

from pleura.models.build import build_backbone
from pleura.models.classifier import Classifier
from pleura.models.cost import count_macs, count_parameters, measure_latencies


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
    threads = torch.get_num_threads()
    assert measure_latencies([model], 64, 3)[0] > 0
    count_macs(model, 64)
    assert torch.get_num_threads() == threads
    assert modes == [module.training for module in model.modules()]
    assert all(torch.equal(state[key], value) for key, value in model.state_dict().items())


class Clocked(nn.Linear):
    """A model that takes `seconds` on a clock of the test's own, the longer the later."""

    def __init__(self, clock: list[float], seconds: float) -> None:
        super().__init__(1, 1)
        self.clock, self.seconds, self.calls = clock, seconds, 0

    def forward(self, images: Tensor) -> Tensor:
        self.calls += 1
        cold = self.calls % 2  # the first of each turn
        self.clock.append(self.clock[-1] + self.seconds * (1 + self.clock[-1]) + cold)
        return images


def test_networks_take_turns_so_that_a_machine_that_slows_down_favours_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]
    monkeypatch.setattr("pleura.models.cost.time.thread_time", lambda: clock[-1])
    slow, fast = measure_latencies([Clocked(clock, 2e-6), Clocked(clock, 1e-6)], 8, 41)
    busy = clock[-1] / 2
    assert slow / fast == pytest.approx(2, rel=0.1)
    # The time of the middle of the measurement, without what a cold cache took.
    assert slow == pytest.approx(1000 * 2e-6 * (1 + busy), rel=0.1)
