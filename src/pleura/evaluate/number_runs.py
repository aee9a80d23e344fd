"""The predictions of numbers, checked and cut into runs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.errors import InputError
from pleura.evaluate.predicted_runs import whose
from pleura.evaluate.ranking import Floats
from pleura.evaluate.runs import Run, Runs, missing_folds, rows_by
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


def read_number_runs(predictions: pd.DataFrame) -> Runs[NumberRun]:
    """Cut the test part of a table of predictions with the columns `number` and `predicted` into
    runs.

    Images without a patient are grouped by video. Raises InputError where columns are missing, no
    row is of the test part, an image is listed twice, a number is not finite, a patient is unknown
    or the only one, or a seed lacks a fold that another has.
    """
    needed = ("recipe", "fold", "seed", "fraction", "part", "image", "patient", NUMBER, PREDICTED)
    if missing := [name for name in needed if name not in predictions.columns]:
        raise InputError("predictions: columns are missing", missing)
    test = predictions[predictions["part"] == "test"].reset_index(drop=True)
    if test.empty:
        raise InputError('predictions: no row has part "test"; nothing can be evaluated')
    images, patients = test["image"].to_numpy(dtype=object), whose(test)
    numbers = test[[NUMBER, PREDICTED]].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    runs, problems = [], []
    rows_of = rows_by(test[["recipe", "fraction", "seed", "fold"]])
    for (recipe, fraction, seed, fold), rows in rows_of.items():
        at = rows[np.argsort(images[rows].astype(np.str_), kind="stable")]
        run = NumberRun(
            recipe, fraction, seed, fold, images[at], patients[at], *numbers[at].T.copy()
        )
        runs.append(run)
        where = f"{recipe}, fraction {fraction:g}, seed {seed}, fold {fold}"
        problems += [f"{where}: {problem}" for problem in _problems(run)]
    problems += missing_folds(rows_of)
    if problems:
        raise InputError("predictions: the test rows cannot be evaluated", problems)
    return Runs(tuple(runs), ())


def _problems(run: NumberRun) -> list[str]:
    problems = []
    if len(twice := run.images[1:][run.images[1:] == run.images[:-1]]):
        problems.append(f"image {twice[0]} is listed twice; keep one row an image")
    if len(lost := run.images[run.patients == ""]):
        problems.append(f"{lost[0]} has neither patient nor video; fill one of them in")
    both = np.isfinite(run.truth) & np.isfinite(run.predicted)
    if len(broken := run.images[~both]):
        problems.append(f"number or prediction of {broken[0]} is not finite; train this run again")
    if len(set(run.patients)) == 1:
        problems.append("all images are of one patient; intervals need at least 2")
    return problems
