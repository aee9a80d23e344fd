"""Answering only where a model is sure: the error among the images that it answers."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.evaluate.calibration import Calibrated, Calibrations
from pleura.evaluate.jackknife import leave_out, patient_groups, t_limits
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.prediction_sets import answers, named, right_answers
from pleura.evaluate.ranking import Floats

COLUMNS = ["recipe", "question", "measure", "value", "low", "high"]
AREA, ALL, SUREST = "area", "all", "surest"
SUREST_SHARE = 0.8
GRID = np.linspace(0.05, 1, 96)  # shares of the images that are answered
AT_ONCE = 64  # patients left out in one step: memory


def sorted_errors(run: PredictedRun, question: int) -> tuple[NDArray[np.int64], Floats]:
    """The images of which the answer to a question is known, the surest first, (n,), and whether
    the likeliest answer to each is wrong, (n,); images that are equally sure share their errors.

    How sure a model is of an image is the probability of the likeliest answer.
    """
    several = run.labels.ndim == 2
    of = answers(run.probabilities, several=several)[:, question]
    right = right_answers(run.labels, run.probabilities.shape[1])[:, question]
    with_answer = np.flatnonzero(right.any(axis=1))
    likeliest = of[with_answer].argmax(axis=1)
    wrong = ~right[with_answer, likeliest]
    sure = of[with_answer, likeliest]
    order = np.argsort(-sure, kind="stable")
    _, tied = np.unique(sure[order], return_inverse=True)
    shared = np.bincount(tied, wrong[order]) / np.bincount(tied)
    return with_answer[order], shared[tied]


def risks(wrong: Floats) -> Floats:
    """The error among the first 1, 2, ... n images, (n,), of errors (n,) in order."""
    return np.asarray(np.cumsum(wrong) / np.arange(1, len(wrong) + 1))


def judge_abstention(calibrations: Calibrations, *, level: float = 0.95) -> pd.DataFrame:
    """How well each recipe knows of which test images it is sure, by calibrated probabilities.

    `measure` is "area", the mean error over all shares of images that may be answered, the surest
    first (the area under the risk-coverage curve of El-Yaniv & Wiener 2010), "all", the error where
    all are answered, or "surest", where the surest `SUREST_SHARE` are. Limits carry patients and
    seeds. Columns: recipe, question, measure, value, low, high.
    """
    rows: list[tuple[object, ...]] = []
    for recipe, trainings in calibrations.recipes.items():
        runs = [training.after for training in trainings]
        questions = named(calibrations.classes, several=runs[0].labels.ndim == 2)[0]
        groups = patient_groups(runs)
        for (question, measure), sample in leave_out(runs, groups, _measure).items():
            ends = t_limits(sample, level, 0, 1)[:2]
            rows.append((recipe, questions[question], measure, sample.value, *ends))
    return pd.DataFrame(rows, columns=COLUMNS)


def _measure(run: PredictedRun, included: NDArray[np.bool_]) -> dict[tuple[int, str], Floats]:
    questions = run.labels.shape[1] if run.labels.ndim == 2 else 1
    return {
        (question, measure): values
        for question in range(questions)
        for measure, values in zip(
            (AREA, ALL, SUREST),
            np.concatenate([*_chunks(included, *sorted_errors(run, question))], axis=1),
            strict=True,
        )
    }


def _chunks(
    included: NDArray[np.bool_], order: NDArray[np.int64], wrong: Floats
) -> Iterator[NDArray[np.float64]]:
    """Area, error of all and of the surest, (3, rows), for some rows of included images (b, n)."""
    for start in range(0, len(included), AT_ONCE):
        left = included[start : start + AT_ONCE, order]
        answered = left.cumsum(axis=1)
        every = answered[:, -1:]
        with np.errstate(invalid="ignore"):
            risk = (left * wrong).cumsum(axis=1) / answered
        area = np.where(left, risk, 0).sum(axis=1) / every[:, 0]
        at = (answered >= np.ceil(SUREST_SHARE * every)).argmax(axis=1)
        yield np.stack([area, risk[:, -1], risk[np.arange(len(risk)), at]])


def curve(trainings: Sequence[Calibrated], question: int) -> Floats:
    """The error among the surest images at each share of `GRID`, mean over seeds and folds."""
    curves = []
    for training in trainings:
        _, wrong = sorted_errors(training.after, question)
        numbers = np.maximum(1, np.round(GRID * len(wrong))).astype(np.int64)
        curves.append(risks(wrong)[numbers - 1])
    return np.asarray(np.mean(curves, axis=0))
