"""The predictions table, checked and cut into runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from pleura.csv_file import AGAIN
from pleura.errors import InputError, refuse
from pleura.evaluate.metrics import softmax
from pleura.evaluate.ranking import Floats, Ints
from pleura.evaluate.runs import Key, Run, Runs, cut_into_runs, test_part
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
    def is_known(self) -> Flags:
        """Of which images it is known whether they are of a class, (n, k)."""
        return knowns(self.labels, self.probabilities.shape[1])

    @property
    def facts(self) -> tuple[NDArray[Any], ...]:
        """Patients and labels, (n,) each."""
        return self.patients, self.labels

    def problems(self, names: Sequence[str]) -> Iterator[str]:
        """Those of every run; labels and logits that are none, and classes without images."""
        yield from super().problems(names)
        if self.labels.ndim == 1 and len(unknown := self.images[self.labels < 0]):
            yield f"the label of {unknown[0]} has no logit_ column; classes are {names}"
        if len(broken := self.images[~np.isfinite(self.probabilities).all(axis=1)]):
            yield f"the logits of {broken[0]} are not finite; train this run again"
        sides = [("of", self.positive), ("without", self.is_known & ~self.positive)]
        for word, images in sides[: self.labels.ndim]:  # of one class, the others are without it
            absent = [name for at, name in enumerate(names) if not images[:, at].any()]
            if absent:
                yield f"no test image {word} {', '.join(absent)}; use fewer folds or more patients"


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
    test = test_part(predictions, needed, "predictions")
    least = 1 if any(str(name).startswith(LABEL) for name in predictions) else 2
    if len(classes) < least:
        raise InputError(
            f"predictions: {len(classes)} logit_<class> columns; at least {least} needed"
        )
    numbers = in_numbers(test[["fold", "seed", "fraction"]])
    refuse(
        "predictions: columns hold other things than numbers",
        [str(name) for name in numbers if numbers[name].isna().any()],
    )
    images, patients = text(test["image"]).to_numpy(), whose(test)
    labels, called = labels_of(test, classes), called_of(test, classes)
    logits = in_numbers(test[columns]).to_numpy(dtype=np.float64)
    probabilities = probabilities_of(logits, labels)

    def make(key: Key, at: Ints) -> PredictedRun:
        positive = None if called is None else called[at]
        return PredictedRun(*key, images[at], patients[at], labels[at], probabilities[at], positive)

    keys = numbers.assign(recipe=test["recipe"])[["recipe", "fraction", "seed", "fold"]]
    return cut_into_runs(keys, images, make, classes)


def whose(predictions: pd.DataFrame) -> NDArray[Any]:
    """The patient of each row, (n,) text; its video where no patient is known, empty without
    either."""
    patients = text(predictions["patient"])
    if "video" in predictions.columns:
        patients = patients.where(patients != "", "video " + text(predictions["video"]))
        patients = patients.where(patients != "video ", "")
    return patients.to_numpy()


def labels_of(table: pd.DataFrame, classes: Sequence[str]) -> Ints:
    """The labels of a table of predictions, as in `PredictedRun`; -1 for one that is no class."""
    if LABEL + classes[0] not in table:
        places = {name: at for at, name in enumerate(classes)}
        return np.array([places.get(name, -1) for name in text(table["label"])], dtype=np.int64)
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
    """Columns `<before><class>` with 1 or 0, -1 where a cell is empty. Raises InputError naming
    those that a table of findings lacks."""
    columns = [f"{before}{name}" for name in classes]
    if missing := [name for name in columns if name not in table]:
        raise InputError(f"a table of findings: columns missing: {', '.join(missing)}; {AGAIN}")
    cells = in_numbers(table[columns])
    return np.asarray(cells.fillna(-1).to_numpy(dtype=np.int64))


def in_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """The cells of a table as numbers, nan where one is none."""
    if all(dtype.kind in "iuf" for dtype in table.dtypes):
        return table
    numbers: pd.DataFrame = table.apply(pd.to_numeric, errors="coerce")
    return numbers


def text(column: "pd.Series[str]") -> "pd.Series[str]":
    """A column as text, empty where a cell is."""
    cells = column.to_numpy(dtype=object)
    told = np.array([str(cell) for cell in cells], dtype=object)
    told[pd.isna(cells)] = ""
    return pd.Series(told, index=column.index, dtype=object)
