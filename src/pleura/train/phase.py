"""Phases carried out: which parameters of a model train, in which mode, how fast."""

from collections.abc import Iterable, Iterator
from typing import Any

from torch import nn

from pleura.models.classifier import HEAD
from pleura.models.lora import adapters
from pleura.models.network import Network
from pleura.train.phases import Phase as Phase


def training_parameters(model: Network, phase: Phase) -> Iterator[tuple[str, nn.Parameter]]:
    """The parameters that a phase trains, each once, with the part that each belongs to."""
    for part, module in model.parts():
        if part in phase.trains:
            adapted = phase.adapters and part != HEAD
            for parameter in adapters(module) if adapted else module.parameters():
                yield part, parameter


def count_trained(model: Network, phases: Iterable[Phase]) -> int:
    """Number of parameters that train in any of the phases."""
    trained = {id(p): p.numel() for phase in phases for _, p in training_parameters(model, phase)}
    return sum(trained.values())


def freeze(model: Network, phase: Phase) -> None:
    """Let only the parameters that the phase trains receive gradients."""
    model.requires_grad_(False)
    for _, parameter in training_parameters(model, phase):
        parameter.requires_grad_(True)


def set_mode(model: Network, phase: Phase) -> None:
    """Training mode for what trains, evaluation mode for what is frozen.

    A frozen BatchNorm thus keeps its running statistics, and frozen dropout passes all.
    """
    model.eval()
    for part, module in model.parts():
        if part in phase.trains:
            module.train()
    if not phase.batchnorm_adapts:
        for module in model.modules():
            if isinstance(module, nn.modules.batchnorm._NormBase):
                module.eval()


def trains_norms(model: Network, phase: Phase) -> bool:
    """Whether a BatchNorm takes its statistics from the batch in this phase."""
    set_mode(model, phase)
    norms = (m for m in model.modules() if isinstance(m, nn.modules.batchnorm._NormBase))
    return any(norm.training for norm in norms)


def parameter_groups(
    model: Network, phase: Phase, rate: float, weight_decay: float
) -> list[dict[str, Any]]:
    """Groups for an optimiser: a rate for each part; no decay of biases and norms (1-d)."""
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for part, parameter in training_parameters(model, phase):
        key = (phase.rates.get(part, 1.0), phase.decays and parameter.ndim > 1)
        groups.setdefault(key, []).append(parameter)
    return [
        {"params": parameters, "lr": rate * factor, "weight_decay": weight_decay * decays}
        for (factor, decays), parameters in groups.items()
    ]
