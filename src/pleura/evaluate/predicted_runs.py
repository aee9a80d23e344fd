"""The predictions table, checked and cut into runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.errors import InputError
from pleura.evaluate.metrics import softmax
from pleura.evaluate.ranking import Floats, Ints
from pleura.evaluate.runs import Run, Runs, missing_folds, rows_by
from pleura.tables import LOGIT


@dataclass(frozen=True)
class PredictedRun(Run):
    """Test predictions of one run.

    labels: (n,) index of the class; probabilities: (n, k) float64.
    """

    labels: Ints
    probabilities: Floats

    @property
    def facts(self) -> tuple[NDArray[Any], ...]:
        """Patients and labels, (n,) each."""
        return self.patients, self.labels


def read_runs(predictions: pd.DataFrame) -> Runs[PredictedRun]:
    """Cut the test part of a `predictions` table into runs; names are those of its classes.

    Classes stand in the order of the `logit_` columns. Images without a patient are grouped by
    video. Raises InputError naming recipe, fraction, seed and fold where an image is listed twice,
    a class has no test image, a label or logit is no class or number, a patient is unknown or the
    only one, or a seed lacks a fold that another has.
    """
    columns = [c for c in predictions.columns if str(c).startswith(LOGIT)]
    classes = tuple(str(c).removeprefix(LOGIT) for c in columns)
    needed = ("recipe", "fold", "seed", "fraction", "part", "image", "patient", "label")
    if missing := [name for name in needed if name not in predictions.columns]:
        raise InputError("predictions: columns are missing", missing)
    if len(classes) < 2:
        raise InputError(f"predictions: {len(classes)} logit_<class> columns; at least 2 needed")
    test = predictions[predictions["part"] == "test"]
    if test.empty:
        raise InputError('predictions: no row has part "test"; nothing can be evaluated')
    numbers = test[["fold", "seed", "fraction"]].apply(pd.to_numeric, errors="coerce")
    if unclear := [name for name in numbers if numbers[name].isna().any()]:
        raise InputError("predictions: columns hold other things than numbers", unclear)

    names = _text(test["image"]).to_numpy()
    labels = pd.Index(classes).get_indexer(pd.Index(_text(test["label"])))
    groups = whose(test)
    logits = test[columns].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    runs: list[PredictedRun] = []
    problems: list[str] = []
    keys = numbers.assign(recipe=test["recipe"])[["recipe", "fraction", "seed", "fold"]]
    rows_of = rows_by(keys)
    for (recipe, fraction, seed, fold), rows in rows_of.items():
        at = rows[np.argsort(names[rows], kind="stable")]
        run = PredictedRun(
            recipe, fraction, seed, fold, names[at], groups[at], labels[at], softmax(logits[at])
        )
        runs.append(run)
        where = f"{recipe}, fraction {fraction:g}, seed {seed}, fold {fold}"
        problems += [f"{where}: {problem}" for problem in _problems(run, classes)]
    problems += missing_folds(rows_of)
    if problems:
        raise InputError("predictions: the test rows cannot be evaluated", problems)
    return Runs(tuple(runs), classes)


def whose(predictions: pd.DataFrame) -> NDArray[Any]:
    """The patient of each row, (n,) text; its video where no patient is known, empty without
    either."""
    patients = _text(predictions["patient"])
    if "video" in predictions.columns:
        patients = patients.where(patients != "", "video " + _text(predictions["video"]))
        patients = patients.where(patients != "video ", "")
    return patients.to_numpy()


def _text(column: "pd.Series[str]") -> "pd.Series[str]":
    return column.astype(object).where(column.notna(), "").astype(str).astype(object)


def _problems(run: PredictedRun, classes: Sequence[str]) -> list[str]:
    problems = []
    if len(twice := run.images[1:][run.images[1:] == run.images[:-1]]):
        problems.append(f"image {twice[0]} is listed twice; keep one row an image")
    if len(unknown := run.images[run.labels < 0]):
        problems.append(f"the label of {unknown[0]} has no logit_ column; classes are {classes}")
    if len(lost := run.images[run.patients == ""]):
        problems.append(f"{lost[0]} has neither patient nor video; fill one of them in")
    if len(broken := run.images[~np.isfinite(run.probabilities).all(axis=1)]):
        problems.append(f"the logits of {broken[0]} are not finite; train this run again")
    if len(set(run.patients)) == 1:
        problems.append("all images are of one patient; intervals need at least 2")
    absent = [name for c, name in enumerate(classes) if c not in run.labels]
    if absent:
        problems.append(f"no test image of {', '.join(absent)}; use fewer folds or more patients")
    return problems
