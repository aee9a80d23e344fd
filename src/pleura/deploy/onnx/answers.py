"""What is made of logits in an exported graph: calibrated probabilities, called findings or the
likeliest class, prediction sets.

The same as in `pleura.evaluate.calibration_maps` and `prediction_sets`, in torch and float32.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from pleura.deploy.package import Model
from pleura.evaluate.calibration_maps import SMALLEST, AsItIs, CalibrationMap, OutputMap
from pleura.evaluate.prediction_sets import SetRule

PROBABILITIES, NUMBER, CLASS, CALLED, SET = "probabilities", "number", "class", "called", "set"
HALF = 0.5  # the threshold of findings where the card holds none
LEAST = float(np.log(SMALLEST))  # the logit of a probability of 0
MOST = float(-np.log(np.finfo(np.float64).epsneg))  # and of 1


class Answers(nn.Module):
    """Logits (n, k) of each network of a model to its outputs, in the order of `names`."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.read, self.rule = model.calibration, model.rule
        self.scale, self.shift = _scale_and_shift(self.read, len(model.classes))
        thresholds = model.thresholds
        self.calls = _tensor(HALF if thresholds is None else thresholds)
        self.sets = None if self.rule is None else Sets(self.rule)

    @property
    def names(self) -> tuple[str, ...]:
        """What the outputs are called."""
        if isinstance(self.read, AsItIs):
            return (NUMBER,)
        decided = CLASS if isinstance(self.read, CalibrationMap) else CALLED
        return (PROBABILITIES, decided, *([SET] if self.sets else []))

    def forward(self, logits: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The number (n,); or probabilities (n, k), of classes the place (n,) of the likeliest, of
        findings which are called positive (n, k), and, where there is a rule, which answers are in
        the prediction set: (n, k), of findings (n, k, 2)."""
        together = _mean(self.read, logits)
        if isinstance(self.read, AsItIs):
            return (together[:, 0],)
        calibrated = together * self.scale + self.shift
        if isinstance(self.read, CalibrationMap):
            probabilities = calibrated.softmax(1)
            decided = probabilities.argmax(1)
        else:
            probabilities = calibrated.sigmoid()
            decided = probabilities >= self.calls
        if self.sets is None:
            return probabilities, decided
        return probabilities, decided, self.sets(probabilities)


class Sets(nn.Module):
    """Which answers are in the prediction set of each image; see `SetRule.sets`."""

    def __init__(self, rule: SetRule) -> None:
        super().__init__()
        self.several, self.ordered = rule.several, rule.ordered
        # An answer that nothing rules out is at or above a threshold that no probability is below.
        self.thresholds = _tensor(np.nan_to_num(rule.thresholds, nan=-1.0))
        k = rule.thresholds.shape[1]
        self.up_to = torch.ones(k, k).triu()

    def forward(self, probabilities: Tensor) -> Tensor:
        """(n, k), of findings (n, k, 2), by probabilities (n, k)."""
        if self.several:
            return torch.stack([1 - probabilities, probabilities], dim=2) >= self.thresholds
        in_set = probabilities >= self.thresholds
        if self.ordered:
            held = in_set.to(torch.float32)
            in_set = (held @ self.up_to > 0) & (held @ self.up_to.T > 0)
        return in_set


def _scale_and_shift(read: OutputMap, k: int) -> tuple[Tensor, Tensor]:
    """What logits are multiplied by, and what is added then."""
    if isinstance(read, AsItIs):
        return torch.ones(k), torch.zeros(k)
    temperatures = read.temperature if isinstance(read, CalibrationMap) else read.temperatures
    return _tensor(1 / np.asarray(temperatures, dtype=np.float64)), _tensor(read.biases)


def _mean(read: OutputMap, logits: Sequence[Tensor]) -> Tensor:
    """What several networks give together; see the maps' `mean`."""
    if len(logits) == 1:
        return logits[0]
    every = torch.stack(list(logits))
    if isinstance(read, AsItIs):
        return every.mean(0)
    if isinstance(read, CalibrationMap):
        return functional.log_softmax(every, 2).logsumexp(0).clamp(min=LEAST)
    present, absent = functional.logsigmoid(every), functional.logsigmoid(-every)
    return (present.logsumexp(0) - absent.logsumexp(0)).clamp(LEAST, MOST)


def _tensor(values: float | Sequence[float] | NDArray[np.float64]) -> Tensor:
    return torch.as_tensor(np.asarray(values, dtype=np.float32))
