"""The predictions of numbers, checked and cut into runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.evaluate.predicted_runs import text, whose
from pleura.evaluate.ranking import Floats, Ints
from pleura.evaluate.runs import Key, Run, Runs, cut_into_runs, test_part
from pleura.tables import NUMBER, PREDICTED


@dataclass(frozen=True)
class NumberRun(Run):
    """Test predictions of one run: what is true and what is predicted, (n,) float64 each."""

    truth: Floats
    predicted: Floats

    @property
    def facts(self) -> tuple[NDArray[Any], ...]:
        """Patients and true numbers, (n,) each."""
        return self.patients, self.truth

    def problems(self, names: Sequence[str]) -> Iterator[str]:
        """Those of every run, and numbers that are not finite."""
        yield from super().problems(names)
        both = np.isfinite(self.truth) & np.isfinite(self.predicted)
        if len(broken := self.images[~both]):
            yield f"number or prediction of {broken[0]} is not finite; train this run again"


def read_number_runs(predictions: pd.DataFrame) -> Runs[NumberRun]:
    """Cut the test part of a table of predictions with the columns `number` and `predicted` into
    runs.

    Images without a patient are grouped by video. Raises InputError where columns are missing, no
    row is of the test part, an image is listed twice, a number is not finite, a patient is unknown
    or the only one, or a seed lacks a fold that another has.
    """
    needed = ("recipe", "fold", "seed", "fraction", "part", "image", "patient", NUMBER, PREDICTED)
    test = test_part(predictions, needed, "predictions")
    images, patients = text(test["image"]).to_numpy(), whose(test)
    numbers = test[[NUMBER, PREDICTED]].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)

    def make(key: Key, at: Ints) -> NumberRun:
        return NumberRun(*key, images[at], patients[at], *numbers[at].T.copy())

    return cut_into_runs(test[["recipe", "fraction", "seed", "fold"]], images, make)
