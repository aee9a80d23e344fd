"""Phases: which parts of a model train, how fast, and when a fit stops."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from pleura.models.classifier import Classifier
from pleura.models.lora import adapters

HEAD = "classifier"  # beside the cuts of a backbone, some of which have a cut called head


@dataclass(frozen=True)
class Phase:
    """One fit with its own optimiser.

    `trains` names the cuts that train, and `HEAD`; all else is frozen, buffers included.
    `rates` scales the learning rate of a cut (1 where it is not named). `share` is the part of
    the epochs this phase gets. A phase with `to_convergence` trains a convex head on frozen
    features until its optimum and ignores rates and share. Without `decays` the optimiser decays
    no weight. With `adapters` a cut trains only the changes that LoRA put on it.
    """

    name: str
    trains: frozenset[str]
    rates: Mapping[str, float] = field(default_factory=dict)
    share: float = 1.0
    to_convergence: bool = False
    batchnorm_adapts: bool = True
    augmented: bool = True
    decays: bool = True
    adapters: bool = False


def modules_by_cut(model: Classifier) -> Iterator[tuple[str, nn.Module]]:
    """The modules of a classifier with the cut (or "classifier") that each belongs to."""
    for cut in model.backbone.cuts:
        for module in model.backbone.modules_of(cut.name):
            yield cut.name, module
    yield HEAD, model.head


def training_parameters(model: Classifier, phase: Phase) -> Iterator[tuple[str, nn.Parameter]]:
    """The parameters that a phase trains, each once, with the cut that each belongs to."""
    for cut, module in modules_by_cut(model):
        if cut in phase.trains:
            adapted = phase.adapters and cut != HEAD
            for parameter in adapters(module) if adapted else module.parameters():
                yield cut, parameter


def count_trained(model: Classifier, phases: Iterable[Phase]) -> int:
    """Number of parameters that train in any of the phases."""
    trained = {id(p): p.numel() for phase in phases for _, p in training_parameters(model, phase)}
    return sum(trained.values())


def freeze(model: Classifier, phase: Phase) -> None:
    """Let only the parameters that the phase trains receive gradients."""
    model.requires_grad_(False)
    for _, parameter in training_parameters(model, phase):
        parameter.requires_grad_(True)


def set_mode(model: Classifier, phase: Phase) -> None:
    """Training mode for what trains, evaluation mode for what is frozen.

    A frozen BatchNorm thus keeps its running statistics, and frozen dropout passes all.
    """
    model.eval()
    for cut, module in modules_by_cut(model):
        if cut in phase.trains:
            module.train()
    model.dropout.train(HEAD in phase.trains)
    if not phase.batchnorm_adapts:
        for module in model.modules():
            if isinstance(module, nn.modules.batchnorm._NormBase):
                module.eval()


def parameter_groups(
    model: Classifier, phase: Phase, rate: float, weight_decay: float
) -> list[dict[str, Any]]:
    """Groups for an optimiser: a rate for each cut; no decay of biases and norms (1-d)."""
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for cut, parameter in training_parameters(model, phase):
        key = (phase.rates.get(cut, 1.0), phase.decays and parameter.ndim > 1)
        groups.setdefault(key, []).append(parameter)
    return [
        {"params": parameters, "lr": rate * factor, "weight_decay": weight_decay * decays}
        for (factor, decays), parameters in groups.items()
    ]
