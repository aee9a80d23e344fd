"""Phases of training: which parameters of a network train, in which mode, and how fast.

It imports torch only where it works on a network, so that strategies can be listed, and a study
file that names them be checked, at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

    from pleura.models.network import Network

Chooses = Callable[[str, str, "nn.Parameter"], bool]
"""Whether a parameter trains, by its part, its name in the whole network, and itself."""


def every_parameter(part: str, name: str, parameter: "nn.Parameter") -> bool:
    """A phase's choice by default."""
    return True


@dataclass(frozen=True)
class Phase:
    """One fit with its own optimiser.

    `trains` names the parts of the network that train, and `only` chooses among their parameters;
    all else is frozen. `rates` scales the learning rate of a part (1 where it is not named).
    `share` is the part of the epochs this phase gets. A phase with `to_convergence` trains a convex
    head on frozen features until its optimum and ignores rates and share. A BatchNorm takes its
    statistics from the images where one of its own parameters trains and `batchnorm_adapts`.
    Without `decays` the optimiser decays no weight.
    """

    name: str
    trains: frozenset[str]
    rates: Mapping[str, float] = field(default_factory=dict)
    share: float = 1.0
    to_convergence: bool = False
    batchnorm_adapts: bool = True
    augmented: bool = True
    decays: bool = True
    only: Chooses = every_parameter


def training_parameters(model: "Network", phase: Phase) -> Iterator[tuple[str, "nn.Parameter"]]:
    """The parameters that a phase trains, each once, with the part that each belongs to."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    for part, module in model.parts():
        if part in phase.trains:
            for parameter in module.parameters():
                if phase.only(part, names[id(parameter)], parameter):
                    yield part, parameter


def count_trained(model: "Network", phases: Iterable[Phase]) -> int:
    """Number of parameters that train in any of the phases."""
    trained = {id(p): p.numel() for phase in phases for _, p in training_parameters(model, phase)}
    return sum(trained.values())


def freeze(model: "Network", phase: Phase) -> None:
    """Let only the parameters that the phase trains receive gradients."""
    model.requires_grad_(False)
    for _, parameter in training_parameters(model, phase):
        parameter.requires_grad_(True)


def set_mode(model: "Network", phase: Phase) -> None:
    """Training mode for the parts that train, evaluation mode for those that are frozen.

    A frozen BatchNorm thus keeps its running statistics, and frozen dropout passes all. In a part
    of which only some parameters train, dropout is at work, and a BatchNorm is in training mode
    where one of its own parameters trains, or where it has none, and the phase lets it adapt.
    """
    model.eval()
    for part, module in model.parts():
        if part in phase.trains:
            module.train()
    trained = {id(parameter) for _, parameter in training_parameters(model, phase)}
    for norm in _batchnorms(model):
        own = {id(parameter) for parameter in norm.parameters(recurse=False)}
        if not phase.batchnorm_adapts or (own and not own & trained):
            norm.eval()


def trains_norms(model: "Network", phase: Phase) -> bool:
    """Whether a BatchNorm takes its statistics from the batch in this phase."""
    set_mode(model, phase)
    return any(norm.training for norm in _batchnorms(model))


def parameter_groups(
    model: "Network", phase: Phase, rate: float, weight_decay: float
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


def _batchnorms(model: "Network") -> "Iterator[nn.Module]":
    from torch.nn.modules.batchnorm import _NormBase

    return (module for module in model.modules() if isinstance(module, _NormBase))
