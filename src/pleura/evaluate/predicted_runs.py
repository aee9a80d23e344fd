"""The predictions table, checked and cut into runs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from pleura.errors import InputError
from pleura.evaluate.metrics import softmax
from pleura.evaluate.ranking import Floats, Ints
from pleura.evaluate.runs import Run, Runs, missing_folds, rows_by
from pleura.tables import CALLED, LABEL, LOGIT

Flags = NDArray[np.bool_]


def positives(labels: Ints, k: int) -> Flags:
    """Which images are of which class, (n, k), by labels (n,) or (n, k) as in `PredictedRun`."""
    return np.asarray(labels == 1 if labels.ndim == 2 else labels[:, None] == np.arange(k))


def knowns(labels: Ints, k: int) -> Flags:
    """Of which images it is known whether they are of a class, (n, k), by labels likewise."""
    return labels >= 0 if labels.ndim == 2 else np.ones((len(labels), k), np.bool_)


def share(labels: Ints, at: int, k: int) -> float:
    """The share of images that are of class number `at` of k, among those of which it is known
    whether they are, by labels likewise."""
    return float(positives(labels, k)[knowns(labels, k)[:, at], at].mean())


@dataclass(frozen=True)
class PredictedRun(Run):
    """Test predictions of one run.

    labels: (n,) index of the class; probabilities: (n, k) float64. Of findings, of which an image
    may have several, labels are (n, k): 1, 0, or -1 where one is not known; and `called` (n, k) is
    what counts as positive.
    """

    labels: Ints
    probabilities: Floats
    called: Flags | None = None

    @cached_property
    def positive(self) -> Flags:
        """Which images are of which class, (n, k)."""
        return positives(self.labels, self.probabilities.shape[1])

    @cached_property
    def known(self) -> Flags:
        """Of which images it is known whether they are of a class, (n, k)."""
        return knowns(self.labels, self.probabilities.shape[1])

    @property
    def facts(self) -> tuple[NDArray[Any], ...]:
        """Patients and labels, (n,) each."""
        return self.patients, self.labels


def read_runs(predictions: pd.DataFrame) -> Runs[PredictedRun]:
    """Cut the test part of a `predictions` table into runs; names are those of its classes.

    A table with columns `label_<class>` is one of findings. Classes stand in the order of the
    `logit_` columns. Images without a patient are grouped by video. Raises InputError naming
    recipe, fraction, seed and fold where an image is listed twice, a class has no test image or no
    other has, a label or logit is no class or number, a patient is unknown or the only one, or a
    seed lacks a fold that another has.
    """
    columns = [c for c in predictions.columns if str(c).startswith(LOGIT)]
    classes = tuple(str(c).removeprefix(LOGIT) for c in columns)
    needed = ("recipe", "fold", "seed", "fraction", "part", "image", "patient", "label")
    if missing := [name for name in needed if name not in predictions.columns]:
        raise InputError("predictions: columns are missing", missing)
    least = 1 if any(str(name).startswith(LABEL) for name in predictions) else 2
    if len(classes) < least:
        raise InputError(
            f"predictions: {len(classes)} logit_<class> columns; at least {least} needed"
        )
    test = predictions[predictions["part"] == "test"]
    if test.empty:
        raise InputError('predictions: no row has part "test"; nothing can be evaluated')
    numbers = test[["fold", "seed", "fraction"]].apply(pd.to_numeric, errors="coerce")
    if unclear := [name for name in numbers if numbers[name].isna().any()]:
        raise InputError("predictions: columns hold other things than numbers", unclear)

    names = _text(test["image"]).to_numpy()
    labels = labels_of(test, classes)
    called = called_of(test, classes)
    groups = whose(test)
    logits = test[columns].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    probabilities = probabilities_of(logits, labels)
    runs: list[PredictedRun] = []
    problems: list[str] = []
    keys = numbers.assign(recipe=test["recipe"])[["recipe", "fraction", "seed", "fold"]]
    rows_of = rows_by(keys)
    for (recipe, fraction, seed, fold), rows in rows_of.items():
        at = rows[np.argsort(names[rows], kind="stable")]
        run = PredictedRun(
            recipe, fraction, seed, fold, names[at], groups[at], labels[at], probabilities[at]
        )
        if called is not None:
            run = replace(run, called=called[at])
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


def labels_of(table: pd.DataFrame, classes: Sequence[str]) -> Ints:
    """The labels of a table of predictions, as in `PredictedRun`; -1 for one that is no class."""
    if LABEL + classes[0] not in table:
        return pd.Index(classes).get_indexer(pd.Index(_text(table["label"])))
    return _numbers(table, LABEL, classes)


def called_of(table: pd.DataFrame, classes: Sequence[str]) -> Flags | None:
    """What counts as positive in a table of findings, (n, k); None in all others."""
    return _numbers(table, CALLED, classes) == 1 if CALLED + classes[0] in table else None


def probabilities_of(logits: Floats, labels: Ints) -> Floats:
    """Probabilities (n, k) of logits (n, k): of classes, of which one is right, by softmax; of
    findings, whose labels are (n, k), each by itself."""
    return softmax(logits) if labels.ndim == 1 else np.asarray(expit(logits))


def logits_of(probabilities: Floats, labels: Ints) -> Floats:
    """Logits (n, k) that `probabilities_of` makes these probabilities of; none may be 0."""
    if labels.ndim == 1:
        return np.log(probabilities)
    return np.asarray(logit(np.clip(probabilities, None, 1 - np.finfo(np.float64).epsneg)))


def _numbers(table: pd.DataFrame, before: str, classes: Sequence[str]) -> Ints:
    """Columns `<before><class>` with 1 or 0, -1 where a cell is empty."""
    cells = table[[f"{before}{name}" for name in classes]].apply(pd.to_numeric, errors="coerce")
    return np.asarray(cells.fillna(-1).to_numpy(dtype=np.int64))


def _text(column: "pd.Series[str]") -> "pd.Series[str]":
    return column.astype(object).where(column.notna(), "").astype(str).astype(object)


def _problems(run: PredictedRun, classes: Sequence[str]) -> list[str]:
    problems = []
    if len(twice := run.images[1:][run.images[1:] == run.images[:-1]]):
        problems.append(f"image {twice[0]} is listed twice; keep one row an image")
    if run.labels.ndim == 1 and len(unknown := run.images[run.labels < 0]):
        problems.append(f"the label of {unknown[0]} has no logit_ column; classes are {classes}")
    if len(lost := run.images[run.patients == ""]):
        problems.append(f"{lost[0]} has neither patient nor video; fill one of them in")
    if len(broken := run.images[~np.isfinite(run.probabilities).all(axis=1)]):
        problems.append(f"the logits of {broken[0]} are not finite; train this run again")
    if len(set(run.patients)) == 1:
        problems.append("all images are of one patient; intervals need at least 2")
    both = {"of": run.positive, "without": run.known & ~run.positive}
    for word, images in both.items():
        number = images.sum(axis=0)
        absent = [name for at, name in enumerate(classes) if not number[at]]
        if absent and not (word == "without" and run.labels.ndim == 1):
            problems.append(
                f"no test image {word} {', '.join(absent)}; use fewer folds or more patients"
            )
    return problems
