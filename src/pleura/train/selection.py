"""Which weights a phase ends with: the best on validation, or the last."""

import math
from collections.abc import Mapping
from typing import Any, Literal

from torch import Tensor, nn

Keep = Literal["best", "last"]


class Selection:
    """What is kept of a phase beside its history. Here nothing: the phase ends with its last
    weights, after all epochs, as it must where no label may choose; figures are shown only."""

    def __init__(self) -> None:
        self.figures: dict[str, float] = {}

    def see(self, epoch: int, figures: Mapping[str, float], model: nn.Module) -> None:
        """Take note of a validation."""
        # The loss of the batch has the name `loss`.
        self.figures = {("validation" if k == "loss" else k): v for k, v in figures.items()}

    def stalled(self, epoch: int) -> bool:
        """Whether the phase is to end before `epoch`."""
        return False

    def shown(self) -> dict[str, float]:
        """The figures to show while the next epoch runs."""
        return self.figures

    def restore(self, model: nn.Module) -> None:
        """Give `model` the weights that the phase ends with."""

    def state(self) -> dict[str, Any]:
        """All of it, for checkpoints and `load`."""
        return {"figures": self.figures}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.figures = dict(state["figures"])


class Best(Selection):
    """The weights of the best `score`; the phase ends `patience` epochs after the last gain, or
    after the epoch `since`, where that comes later."""

    def __init__(self, patience: int, since: int = 0) -> None:
        self.patience, self.since = patience, since
        self.score, self.epoch = -math.inf, -1
        self.weights: dict[str, Tensor] = {}

    def see(self, epoch: int, figures: Mapping[str, float], model: nn.Module) -> None:
        if figures["score"] > self.score:
            self.score, self.epoch = figures["score"], epoch
            state = model.state_dict().items()
            self.weights = {name: value.detach().cpu().clone() for name, value in state}

    def stalled(self, epoch: int) -> bool:
        return self.epoch >= 0 and epoch - max(self.epoch, self.since) > self.patience

    def shown(self) -> dict[str, float]:
        return {"validation": self.score} if self.epoch >= 0 else {}

    def restore(self, model: nn.Module) -> None:
        model.load_state_dict(self.weights)

    def state(self) -> dict[str, Any]:
        return {"weights": self.weights, "score": self.score, "epoch": self.epoch}

    def load(self, state: Mapping[str, Any]) -> None:
        self.weights, self.score, self.epoch = state["weights"], state["score"], state["epoch"]
