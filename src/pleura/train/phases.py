"""A phase of training as strategies plan it. It imports no torch, so that strategies can be listed
and a study file be checked at once; `pleura.train.phase` carries it out."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Phase:
    """One fit with its own optimiser.

    `trains` names the parts of the network that train; all else is frozen, buffers included.
    `rates` scales the learning rate of a part (1 where it is not named). `share` is the part of
    the epochs this phase gets. A phase with `to_convergence` trains a convex head on frozen
    features until its optimum and ignores rates and share. Without `decays` the optimiser decays
    no weight. With `adapters` a part other than the head trains only the changes that LoRA put on
    it.
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
