"""What a fit leaves behind beside the weights: its history, and what it says of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

CONVERGED_GAIN = 0.005

Record = dict[str, Any]


def kept_record(history: Sequence[Record]) -> Record:
    """The record of the epoch whose weights a fit ends with: the first of the best `score` in the
    last phase."""
    last = [record for record in history if record["phase"] == history[-1]["phase"]]
    return max(last, key=lambda record: record["score"])


@dataclass
class FitResult:
    """History of a fit, one record an epoch; the model itself holds the weights kept."""

    history: list[Record] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def epochs(self) -> int:
        """Epochs trained, over all phases."""
        return len(self.history)

    @property
    def converged(self) -> bool:
        """Whether the last quarter of the epochs raised the best score by less than .005."""
        scores: list[float] = [record["score"] for record in self.history]
        late = max(1, len(scores) // 4)
        if len(scores) <= late:
            return False
        return max(scores[-late:]) - max(scores[:-late]) < CONVERGED_GAIN

    def summary(self) -> dict[str, Any]:
        """What a step says of the fit: seconds, epochs, history; and score and converged, where
        there are scores.

        The score is that of the weights kept: the best of the last phase.
        """
        summary = {"seconds": self.seconds, "epochs": self.epochs, "history": self.history}
        if "score" not in self.history[-1]:
            return summary
        score = kept_record(self.history)["score"]
        return {"score": score, "converged": self.converged, **summary}
