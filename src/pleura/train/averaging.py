"""Weights averaged over the steps of a training (EMA), by which a network is judged and kept.

Each step moves weights to and fro; their average lies in the middle of where they went, and often
generalises better than where they happen to end (Polyak & Juditsky 1992). torch's `AveragedModel`
copies the whole network, asks the device how often it was called, and averages what is frozen as
well; so its rule is taken, and held here for the parameters that train alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

VERSION = 1  # part of the keys of trainings that average: raised whenever another average is taken


class TrainedWeights:
    """The weights as they train: what is judged and kept where nothing is averaged."""

    def update(self) -> None:
        """To be called after each step of the optimiser."""

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Inside, the network has the weights that are judged; afterwards those that train."""
        yield

    def give(self) -> None:
        """Give the network the weights that are judged, for good."""

    def state(self) -> dict[str, Any]:
        """What a checkpoint has to keep of it."""
        return {}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint with what `state` gave."""


class AveragedWeights(TrainedWeights):
    """An exponential moving average of parameters.

    Before step n, counted from 0, the average keeps min(decay, n / (n + 1)) of itself, as in the
    mean teacher of Tarvainen and Valpola (2017, arXiv 1703.01780). So it is the plain mean of the
    first 1 / (1 - decay) steps, and the weights from which the phase started have no part in it.
    Nothing but `parameters` is touched; a device that runs ahead is not waited for.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], decay: float) -> None:
        self.parameters, self.decay, self.steps = list(parameters), decay, 0
        self.values = [parameter.detach().clone() for parameter in self.parameters]

    def update(self) -> None:
        kept = min(self.decay, self.steps / (self.steps + 1))
        now = [parameter.detach() for parameter in self.parameters]
        average = get_ema_multi_avg_fn(kept)  # type: ignore[no-untyped-call]
        average(self.values, now, None)
        self.steps += 1

    @contextmanager
    def in_place(self) -> Iterator[None]:
        training = [parameter.detach().clone() for parameter in self.parameters]
        self.give()
        try:
            yield
        finally:
            _put(training, self.parameters)

    def give(self) -> None:
        _put(self.values, self.parameters)

    def state(self) -> dict[str, Any]:
        return {"average": {"steps": self.steps, "values": self.values}}

    def load(self, state: Mapping[str, Any]) -> None:
        self.steps = state["average"]["steps"]
        _put(state["average"]["values"], self.values)


@torch.no_grad()
def _put(values: Iterable[torch.Tensor], places: Iterable[torch.Tensor]) -> None:
    for value, place in zip(values, places, strict=True):
        place.copy_(value)
