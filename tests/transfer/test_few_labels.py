"""Every listed strategy keeps frozen what it freezes with averaged weights and stochastic depth on,
and resumes exactly."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from pleura._fabric import Fabric
from pleura.models.classifier import Classifier
from pleura.models.stochastic_depth import drop_branches
from pleura.train.loop import FitSettings, fit
from pleura.train.phase import Phase, freeze, set_mode
from pleura.transfer.build import BuiltModel
from pleura.transfer.listed import STRATEGIES
from tests.golden.behaviour.recipes import STRATEGY_OPTIONS
from tests.train.fixtures import Spots
from tests.transfer.contract import build, state_of

SETTINGS = FitSettings(epochs=2, min_steps=1, batch_size=8, patience=1.0, ema=0.9)


def built(name: str) -> BuiltModel:
    """With a network that has residual branches and BatchNorm."""
    options = STRATEGY_OPTIONS.get(name, {})
    made = build({name: options} if options else name, "mobilenet_v2_035")
    drop_branches(made.classifier, 0.5)
    return made


def may_change(model: Classifier, phase: Phase) -> set[str]:
    """What a phase trains, and statistics of the BatchNorms that it lets adapt."""
    freeze(model, phase)
    set_mode(model, phase)
    trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    adapting = {
        f"{path}.{name}"
        for path, module in model.named_modules()
        if isinstance(module, nn.modules.batchnorm._NormBase) and module.training
        for name, _ in module.named_buffers(recurse=False)
    }
    return trained | adapting


@pytest.mark.parametrize("name", STRATEGIES)
def test_frozen_means_frozen(name: str) -> None:
    made = built(name)
    model, penalty = made.classifier, made.strategy.penalty(made.classifier)
    fabric = Fabric(accelerator="cpu", devices=1)
    settings = SETTINGS.model_copy(update={"epochs": 1})
    for phase in made.strategy.phases(model)[:2]:
        allowed, before = may_change(model, phase), state_of(model)
        fit(model, Spots(16), [phase], settings, rate=1e-2, seed=0, fabric=fabric, penalty=penalty)
        after = state_of(model)
        changed = {each for each in before if not torch.equal(before[each], after[each])}
        assert changed <= allowed
        assert changed


@pytest.mark.parametrize("name", ["l2_sp", "lora"])
def test_a_training_that_stops_goes_on_as_if_it_had_not(name: str, tmp_path: Path) -> None:
    models = []
    for until in (None, 1):
        made = built(name)
        model, phases = made.classifier, made.strategy.phases(made.classifier)
        penalty = made.strategy.penalty(model)
        fabric = Fabric(accelerator="cpu", devices=1)
        how: dict[str, Any] = {"rate": 1e-2, "seed": 0, "fabric": fabric}
        how |= {"penalty": penalty, "saved": tmp_path / f"{until}.pt"}
        if until:
            fit(model, Spots(16), phases, SETTINGS, until=until, **how)
            made = built(name)
            model, phases = made.classifier, made.strategy.phases(made.classifier)
            how["penalty"] = made.strategy.penalty(model)
        fit(model, Spots(16), phases, SETTINGS, **how)
        models.append(state_of(model))
    for tensor, value in models[0].items():
        assert torch.equal(value, models[1][tensor]), tensor
