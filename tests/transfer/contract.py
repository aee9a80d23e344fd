"""What every strategy must keep to; its test inherits this."""

import torch
from lightning_fabric import Fabric
from torch import nn

from pleura.models.classifier import Classifier
from pleura.train.loop import FitSettings, fit
from pleura.train.phase import Phase, modules_by_cut, parameter_groups
from pleura.transfer.strategy import Strategy
from tests.train.fixtures import Spots, small_classifier


def named_state(model: Classifier) -> dict[str, dict[str, torch.Tensor]]:
    """Copies of parameters and buffers, by cut."""
    state: dict[str, dict[str, torch.Tensor]] = {}
    for cut, module in modules_by_cut(model):
        here = state.setdefault(cut, {})
        here |= {f"{id(module)}.{name}": value.clone() for name, value in tensors(module)}
    return state


def tensors(module: nn.Module) -> list[tuple[str, torch.Tensor]]:
    return [*module.named_parameters(), *module.named_buffers()]


class StrategyContract:
    """Subclasses say which strategy, and which cuts (and the head) each phase may change."""

    strategy: Strategy

    def may_change(self, model: Classifier) -> list[set[str]]:
        raise AssertionError("a subclass says what may change")

    def test_phases_change_what_they_may_and_nothing_else(self) -> None:
        model = self.strategy.surgery(small_classifier())
        phases = self.strategy.phases(model)
        allowed = self.may_change(model)
        assert len(phases) == len(allowed)
        for phase, cuts in zip(phases, allowed, strict=True):
            before = named_state(model)
            self.run_phase(model, phase)
            after = named_state(model)
            changed = {
                cut
                for cut, values in before.items()
                if any(not torch.equal(value, after[cut][name]) for name, value in values.items())
            }
            # Every cut that may change does, and a frozen one keeps even its BatchNorm statistics.
            assert changed == cuts

    def run_phase(self, model: Classifier, phase: Phase) -> None:
        settings = FitSettings(epochs=2, min_steps=1, batch_size=8)
        fabric = Fabric(accelerator="cpu", devices=1)
        fit(model, Spots(), (phase,), settings, rate=1e-2, seed=0, fabric=fabric)

    def test_groups_hold_each_training_parameter_once(self) -> None:
        model = self.strategy.surgery(small_classifier())
        for phase in self.strategy.phases(model):
            grouped = [
                id(parameter)
                for group in parameter_groups(model, phase, 1e-3, 0.1)
                for parameter in group["params"]
            ]
            expected = {
                id(parameter)
                for cut, module in modules_by_cut(model)
                if cut in phase.trains
                for parameter in module.parameters()
            }
            assert len(grouped) == len(set(grouped))
            assert set(grouped) == expected
