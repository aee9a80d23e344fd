"""How what a network gives is read: logits of classes or of findings, as they are calibrated, or a
number; and what several networks give together.

Each map says what is the `mean` of outputs, in the form of the outputs of one network; those of
logits have probabilities averaged (Lakshminarayanan et al. 2017), and name the `function` that
makes these of logits. `answers` says in names what
they come to: the likeliest class, or the findings that reach their thresholds (findings,); None
where nothing is called, of a number and of findings whose thresholds are None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from pleura.evaluate.metrics import softmax
from pleura.evaluate.ranking import Floats, Ints

SMALLEST = 1e-300  # probability whose logarithm stands for that of 0


@dataclass(frozen=True)
class CalibrationMap:
    """p = softmax(logits / temperature + biases); one bias a class, the last is 0."""

    function: ClassVar[str] = "softmax"
    temperature: float
    biases: tuple[float, ...]

    @staticmethod
    def mean(outputs: Sequence[ArrayLike]) -> Floats:
        """The logarithm of the mean probability of each class, by logits (n, k) of several
        networks."""
        together = np.mean([softmax(each) for each in _float64(outputs)], axis=0)
        return np.asarray(np.log(np.maximum(together, SMALLEST)))

    def probabilities(self, logits: ArrayLike) -> Floats:
        """Probabilities (n, k) of logits (n, k), or of log-probabilities, which differ from them
        by one number an image."""
        return softmax(self.logits(logits))

    def logits(self, logits: ArrayLike) -> Floats:
        """Calibrated logits (n, k)."""
        return np.asarray(_float64(logits) / self.temperature + self.biases)

    @staticmethod
    def answers(
        probabilities: Floats, classes: Sequence[str], thresholds: Floats | None
    ) -> tuple[str, ...] | None:
        """The likeliest class, by probabilities (k,)."""
        return (classes[int(probabilities.argmax())],)

    def as_dict(self) -> dict[str, Any]:
        """For a card; see `map_of`."""
        return {"temperature": self.temperature, "biases": list(self.biases)}

    @property
    def values(self) -> tuple[float, ...]:
        """All that was fitted, see `named`."""
        return (self.temperature, *self.biases[:-1])

    def named(self, classes: Sequence[str]) -> list[tuple[str, str]]:
        """What heads a column of each of `values`, on two lines."""
        biases = [(f"Bias {name}", f"{classes[-1]}: 0") for name in classes[:-1]]
        return [("Temperature", ""), *biases]


@dataclass(frozen=True)
class FindingsMap:
    """p = sigmoid(logit / temperature + bias) of each finding, in their order."""

    function: ClassVar[str] = "sigmoid"
    temperatures: tuple[float, ...]
    biases: tuple[float, ...]

    @staticmethod
    def mean(outputs: Sequence[ArrayLike]) -> Floats:
        """The logit of the mean probability of each finding, by logits (n, findings) of several
        networks."""
        together = expit(_float64(outputs)).mean(axis=0)
        return np.asarray(logit(np.clip(together, SMALLEST, 1 - np.finfo(np.float64).epsneg)))

    def probabilities(self, logits: ArrayLike) -> Floats:
        """Probabilities (n, findings) of logits (n, findings)."""
        return np.asarray(expit(self.logits(logits)))

    def logits(self, logits: ArrayLike) -> Floats:
        """Calibrated logits (n, findings)."""
        return np.asarray(_float64(logits) / self.temperatures + self.biases)

    @staticmethod
    def answers(
        probabilities: Floats, classes: Sequence[str], thresholds: Floats | None
    ) -> tuple[str, ...] | None:
        """The findings that are called positive, by probabilities (findings,)."""
        if thresholds is None:
            return None
        called = probabilities >= thresholds
        return tuple(name for name, positive in zip(classes, called, strict=True) if positive)

    def as_dict(self) -> dict[str, Any]:
        """For a card; see `map_of`."""
        return {"temperature": list(self.temperatures), "biases": list(self.biases)}

    @property
    def values(self) -> tuple[float, ...]:
        """All that was fitted, see `named`."""
        return (*self.temperatures, *self.biases)

    def named(self, classes: Sequence[str]) -> list[tuple[str, str]]:
        """What heads a column of each of `values`, on two lines."""
        return [(word, name) for word in ("Temperature", "Bias") for name in classes]


@dataclass(frozen=True)
class AsItIs:
    """What a network gives is a number in a `unit` ("" where none is known), and no probability."""

    unit: str

    @staticmethod
    def mean(outputs: Sequence[ArrayLike]) -> Floats:
        """The mean number, by those (n, 1) of several networks."""
        return np.asarray(_float64(outputs).mean(axis=0))

    def probabilities(self, outputs: ArrayLike) -> Floats:
        """The numbers (n, 1) as they are."""
        return _float64(outputs)

    def logits(self, outputs: ArrayLike) -> Floats:
        """The numbers (n, 1), too."""
        return self.probabilities(outputs)

    @staticmethod
    def answers(
        numbers: Floats, classes: Sequence[str], thresholds: Floats | None
    ) -> tuple[str, ...] | None:
        """The number is the answer."""
        return None

    def as_dict(self) -> dict[str, Any]:
        """For a card; see `map_of`."""
        return {"unit": self.unit}


OutputMap: TypeAlias = CalibrationMap | FindingsMap | AsItIs


def unfitted(labels: Ints, k: int) -> CalibrationMap | FindingsMap:
    """The map that changes nothing, of k classes or findings with labels as `fit` takes them."""
    none = (0.0,) * k
    return FindingsMap((1.0,) * k, none) if labels.ndim == 2 else CalibrationMap(1.0, none)


def map_of(card: Mapping[str, Any]) -> OutputMap:
    """The map that `as_dict` of one wrote."""
    if "unit" in card:
        return AsItIs(card["unit"])
    biases = tuple(card["biases"])
    if isinstance(card["temperature"], list):
        return FindingsMap(tuple(card["temperature"]), biases)
    return CalibrationMap(card["temperature"], biases)


def _float64(values: ArrayLike | Sequence[ArrayLike]) -> Floats:
    return np.asarray(values, dtype=np.float64)
