"""What every strategy must keep to; its test inherits this."""

from collections.abc import Iterable
from typing import Any, ClassVar

import torch

from pleura._fabric import Fabric
from pleura.models.classifier import Classifier
from pleura.train.loop import FitSettings, fit
from pleura.train.phase import freeze, parameter_groups
from pleura.transfer.build import BuiltModel, build_model
from tests.train.fixtures import Spots

CONVOLUTIONAL = ("squeezenet1_0", "mobilenet_v2_035", "tf_efficientnet_lite0")
TRANSFORMER = "vit_tiny_patch16_224"
BATCHES = "num_batches_tracked"


def build(strategy: Any, backbone: str, seed: int = 0) -> BuiltModel:
    """A recipe's network from random weights, for gray images and two classes."""
    spec = {"backbone": backbone, "weights": "random", "strategy": strategy}
    return build_model(spec, n_classes=2, seed=seed)


def state_of(model: Classifier) -> dict[str, torch.Tensor]:
    """Copies of all parameters and buffers by name, those that no state dict holds included."""
    tensors = (*model.named_parameters(), *model.named_buffers())
    return {name: tensor.detach().clone() for name, tensor in tensors}


def tensors_of(model: Classifier, parts: Iterable[str]) -> set[str]:
    """The names of all parameters and buffers of some parts: cuts, or the head."""
    wanted = {
        id(tensor)
        for part, module in model.parts()
        for tensor in (*module.parameters(), *module.buffers())
        if part in set(parts)
    }
    tensors = (*model.named_parameters(), *model.named_buffers())
    return {name for name, tensor in tensors if id(tensor) in wanted}


class StrategyContract:
    """Subclasses say how a study file names the strategy, and what each phase may change."""

    strategy: ClassVar[Any]
    backbones: ClassVar[tuple[str, ...]] = (*CONVOLUTIONAL, TRANSFORMER)

    def may_change(self, model: Classifier) -> list[set[str]]:
        """The parameters and buffers that change in each phase, on the model after surgery."""
        raise AssertionError("a subclass says what may change")

    def test_phases_change_what_they_may_and_nothing_else(self, backbone: str) -> None:
        built = build(self.strategy, backbone)
        model, phases = built.classifier, built.strategy.phases(built.classifier)
        allowed = self.may_change(model)
        assert len(phases) == len(allowed)
        penalty = built.strategy.penalty(model)
        settings = FitSettings(epochs=1, min_steps=1, batch_size=8)
        fabric = Fabric(accelerator="cpu", devices=1)
        for phase, may_change in zip(phases, allowed, strict=True):
            before = state_of(model)
            task = Spots(n=16)
            fit(model, task, [phase], settings, rate=1e-2, seed=0, fabric=fabric, penalty=penalty)
            after = state_of(model)
            assert before.keys() == after.keys()
            changed = {name for name in before if not torch.equal(before[name], after[name])}
            # Every tensor that may change does, and a frozen part keeps even its BatchNorm's
            # statistics; only the number of batches can come out as it was.
            assert changed <= may_change
            assert {name for name in may_change - changed if not name.endswith(BATCHES)} == set()

    def test_groups_hold_each_training_parameter_once(self, backbone: str) -> None:
        built = build(self.strategy, backbone)
        for phase in built.strategy.phases(built.classifier):
            freeze(built.classifier, phase)
            grouped = [
                id(parameter)
                for group in parameter_groups(built.classifier, phase, 1e-3, 0.1)
                for parameter in group["params"]
            ]
            assert len(grouped) == len(set(grouped))
            trained = {id(p) for p in built.classifier.parameters() if p.requires_grad}
            assert set(grouped) == trained

    @torch.no_grad()
    def test_rebuilt_and_loaded_it_gives_equal_logits(self, backbone: str) -> None:
        images = Spots().images
        saved, other, same = (build(self.strategy, backbone, s).classifier for s in (0, 1, 0))
        logits = saved.eval()(images)
        # What surgery draws follows from the seed of the build, and from nothing else.
        assert torch.equal(same.eval()(images), logits)
        assert not torch.equal(other.eval()(images), logits)
        other.load_state_dict(saved.state_dict())
        assert torch.equal(other(images), logits)
