"""How often prediction sets hold the truth on test, and how large they are, by patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from pleura.evaluate.calibration import Calibrations, calibrate
from pleura.evaluate.jackknife import leave_out, patient_groups, t_limits
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.prediction_sets import (
    ROUNDING,
    Flags,
    SetRule,
    fit_rules,
    named,
    right_answers,
    with_uncalibrated,
)
from pleura.evaluate.proportions import proportion_interval, sums_without
from pleura.evaluate.ranking import Floats

COLUMNS = ["recipe", "question", "answer", "measure", "value", "low", "high"]
COVERED, SIZE, SINGLE, EMPTY, FULL = "covered", "size", "single", "empty", "full"
EXPECTED = "expected"
Rules = Mapping[tuple[int, int], SetRule]  # by seed and fold
Counted = dict[str, tuple[NDArray[np.bool_], NDArray[Any]]]
"""By measure which images count, and their values, by question and perhaps answer."""
Measures = dict[tuple[int, int, str], Floats]  # by question, answer (-1: all) and measure


@dataclass(frozen=True)
class AnswerCoverage:
    """How often an answer is in the sets of the test patients who have it, with its interval, and
    between which coverages so many calibration patients let it lie."""

    covered: float
    low: float
    high: float
    expected_low: float
    expected_high: float

    @property
    def fell(self) -> bool:
        """Whether test patients are unlike the calibration patients: the whole interval lies below
        what these allow."""
        return self.high < self.expected_low


def judge_sets(
    calibrations: Calibrations, rules: Mapping[str, Sequence[SetRule]], *, level: float = 0.95
) -> pd.DataFrame:
    """What the sets of each recipe are like on test.

    Each test patient counts as one, shared by the patient's images, as the promise says. By
    question and answer `measure` is "covered", how often the answer is in the set where it is
    right, or "expected", see `expected_coverage`; neither where there is no threshold. By question,
    with an empty answer, it is "covered", how often the right answer is in the set, "size", the
    mean number of answers in it, or "single", "empty" or "full", the share of sets with one, no and
    every answer. Limits of shares are those of `proportion_interval`, those of sizes t limits;
    they carry test patients and seeds, not the draw of the calibration patients.
    Columns: recipe, question, answer, measure, value, low, high.
    """
    rows: list[tuple[object, ...]] = []
    for recipe, of_trainings in rules.items():
        runs = [training.after for training in calibrations.recipes[recipe]]
        of = {(run.seed, run.fold): rule for run, rule in zip(runs, of_trainings, strict=True)}
        questions, names = named(calibrations.classes, several=of_trainings[0].several)
        patients = _patients(runs)
        samples = leave_out(runs, patient_groups(runs), partial(_measure, of=of))
        for (question, answer, measure), sample in samples.items():
            if answer >= 0 and any(np.isnan(r.thresholds[question, answer]) for r in of_trainings):
                continue
            where = recipe, questions[question], names[answer] if answer >= 0 else ""
            if measure == SIZE:
                ends = t_limits(sample, level, 0, len(names))[:2]
            else:
                ends = proportion_interval(sample, level, patients[question, answer])
            rows.append((*where, measure, sample.value, *ends))
            if answer >= 0:
                fewest = min(int(rule.patients[question, answer]) for rule in of_trainings)
                expected = expected_coverage(fewest, of_trainings[0].coverage, level)
                rows.append((*where, EXPECTED, *expected))
    return pd.DataFrame(rows, columns=COLUMNS)


def measured_on_test(
    predictions: pd.DataFrame, *, fraction: float, coverage: float, ordered: bool, level: float
) -> tuple[SetRule, dict[str, AnswerCoverage]]:
    """The rule of the one training that a table of predictions is of, and what test shows of each
    answer with a threshold, such as "viral" or "effusion present"; nothing where it has no
    interval."""
    fitted = calibrate(predictions, fraction=fraction)
    calibrations = with_uncalibrated(predictions, fitted, fraction=fraction)
    rules = fit_rules(
        predictions, calibrations, fraction=fraction, coverage=coverage, ordered=ordered
    )
    judged = judge_sets(calibrations, rules, level=level)
    rows = judged.drop(columns="recipe").itertuples(index=False, name=None)
    ranges = {row[:3]: row[3:] for row in rows}
    measured = {
        f"{question} {answer}".strip(): AnswerCoverage(
            *its, *ranges[question, answer, EXPECTED][1:]
        )
        for (question, answer, measure), its in ranges.items()
        if answer and measure == COVERED and np.isfinite(its).all()
    }
    [[rule]] = rules.values()
    return rule, measured


def expected_coverage(patients: int, coverage: float, level: float) -> tuple[float, float, float]:
    """The mean and the limits of the coverage that so many calibration patients with one image
    each give: a beta distribution (Vovk 2012). Rules of few patients cover now more, now less."""
    outside = int((patients + 1) * (1 - coverage) + ROUNDING)
    beta = stats.beta(patients + 1 - outside, outside)
    return float(beta.mean()), float(beta.ppf((1 - level) / 2)), float(beta.ppf((1 + level) / 2))


def _measure(run: PredictedRun, included: NDArray[np.bool_], of: Rules) -> Measures:
    in_set: Flags = of[run.seed, run.fold].sets(run.probabilities)
    right: Flags = right_answers(run.labels, run.probabilities.shape[1])
    size, answers = in_set.sum(axis=2), in_set.shape[2]
    is_known, hit = np.asarray(right.any(axis=2)), np.asarray((in_set & right).any(axis=2))
    everyone = np.ones(size.shape, np.bool_)
    by_answer: Counted = {COVERED: (right, in_set)}
    by_question: Counted = {
        COVERED: (is_known, hit),
        SIZE: (everyone, size),
        SINGLE: (everyone, size == 1),
        EMPTY: (everyone, size == 0),
        FULL: (everyone, size == answers),
    }
    measures: Measures = {}
    for which in (by_answer, by_question):
        for name, (counted, value) in which.items():
            shape = counted.shape[1:]
            weights = _weights(run, counted.reshape(len(counted), -1))
            both = np.concatenate([weights, weights * value.reshape(weights.shape)], axis=1)
            every, sums = np.hsplit(sums_without(included, both), 2)
            with np.errstate(invalid="ignore"):
                values = sums / every
            for column, at in enumerate(np.ndindex(shape)):
                key = (at[0], at[1] if len(at) > 1 else -1, name)
                measures[key] = values[:, column]
    return measures


def _weights(run: PredictedRun, counted: NDArray[np.bool_]) -> Floats:
    """(n, columns) 1 over the number of images of the same patient that count in a column, 0 for
    those that do not."""
    of_image = np.unique(run.patients, return_inverse=True)[1]
    images = np.zeros((of_image.max() + 1, counted.shape[1]))
    np.add.at(images, of_image, counted)
    return np.asarray(counted / np.maximum(images[of_image], 1))


def _patients(runs: Sequence[PredictedRun]) -> dict[tuple[int, int], int]:
    """By question and answer (-1: all), how many test patients have images with it."""
    having: dict[tuple[int, int], set[str]] = {}
    for run in runs:
        right = right_answers(run.labels, run.probabilities.shape[1])
        for question, answer in np.ndindex(right.shape[1:]):
            its = set(run.patients[right[:, question, answer]])
            for key in ((question, answer), (question, -1)):
                having[key] = having.get(key, set()) | its
    return {key: len(patients) for key, patients in having.items()}
