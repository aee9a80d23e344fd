"""Prediction sets: which answers cannot be ruled out for an image, at a stated coverage.

Split conformal prediction, class by class (Vovk 2012; Sadinle, Lei & Wasserman 2019): a class is in
the set of an image whose probability for it is no lower than that of nearly all calibration images
of the class. Images of one patient resemble each other, so it is patients who are exchangeable:
each counts as one, and the images of the class that a patient has share that weight (Lee, Barber &
Willett 2023; Dunn, Wasserman & Ramdas 2023 draw one of them instead). What this promises stands in
docs/concepts/sets.md.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.rule import SETS
from pleura.evaluate.calibration import Calibrated, Calibrations
from pleura.evaluate.calibration_maps import unfitted
from pleura.evaluate.predicted_runs import labels_of, positives, read_runs, whose
from pleura.evaluate.ranking import Floats, Ints
from pleura.tables import LOGIT

Flags = NDArray[np.bool_]
ABSENT, PRESENT = "absent", "present"  # the answers to whether a finding is there
ROUNDING = 1e-9
SEVERAL = "|"  # between the answers of a set, in tables


def needed(coverage: float) -> int:
    """The fewest calibration patients of a class who can promise a coverage."""
    return math.ceil(1 / (1 - coverage) - 1 - ROUNDING)


def answers(probabilities: Floats, *, several: bool) -> Floats:
    """The probability of each answer, (n, questions, answers), of probabilities (n, classes).

    Of classes there is one question, and they are the answers. Of `several` findings each is a
    question, and the answers are that it is absent, and that it is present.
    """
    if several:
        return np.stack([1 - probabilities, probabilities], axis=2)
    return probabilities[:, None, :]


def right_answers(labels: Ints, classes: int) -> Flags:
    """Which answers are right, (n, questions, answers), by labels as in `PredictedRun`; none is
    where a finding is not known."""
    if labels.ndim == 2:
        return np.stack([labels == 0, labels == 1], axis=2)
    return positives(labels, classes)[:, None, :]


def named(classes: Sequence[str], *, several: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the questions ("" of classes) and those of the answers."""
    return (tuple(classes), (ABSENT, PRESENT)) if several else (("",), tuple(classes))


def in_braces(answers: Iterable[str]) -> str:
    """A set as text: `{normal|viral}`, `{}` for an empty one."""
    return f"{{{SEVERAL.join(answers)}}}"


def too_few(
    patients: Ints, classes: Sequence[str], *, several: bool, coverage: float
) -> dict[str, int]:
    """The answers that have no set, such as "viral" or "effusion present", with how many
    calibration patients they have; patients: (questions, answers), all of them."""
    questions, names = named(classes, several=several)
    return {
        f"{questions[question]} {names[answer]}".strip(): int(patients[question, answer])
        for question, answer in np.argwhere(patients < needed(coverage))
    }


@dataclass(frozen=True)
class SetRule:
    """Which answers are in the set of an image.

    thresholds: (questions, answers), the least probability at which an answer is in the set; nan
    where calibration patients are too few to rule it out, so that it is in every set. patients:
    (questions, answers), of how many each threshold was made. `several`: see `answers`. `ordered`:
    answers are grades, so that what lies between two of a set is in it, too.
    """

    coverage: float
    several: bool
    thresholds: Floats
    patients: Ints
    ordered: bool = False

    def sets(self, probabilities: Floats) -> Flags:
        """Which answers are in the set of each image, (n, questions, answers), by calibrated
        probabilities (n, classes)."""
        in_set = ~(answers(probabilities, several=self.several) < self.thresholds)
        if self.ordered:
            up_to = np.logical_or.accumulate(in_set, axis=2)
            in_set = up_to & np.logical_or.accumulate(in_set[..., ::-1], axis=2)[..., ::-1]
        return np.asarray(in_set)

    def by_image(self, probabilities: Floats) -> Flags:
        """The same as (n, classes), and of findings as (n, findings, 2)."""
        sets = self.sets(probabilities)
        return sets if self.several else sets[:, 0]

    def names(
        self, probabilities: Floats, classes: Sequence[str]
    ) -> list[tuple[tuple[str, ...], ...]]:
        """The sets of each image by the names of their answers, one set a question."""
        names = named(classes, several=self.several)[1]
        return [
            tuple(tuple(compress(names, in_set)) for in_set in sets)
            for sets in self.sets(probabilities)
        ]

    def without(self, classes: Sequence[str]) -> dict[str, int]:
        """See `too_few`."""
        return too_few(self.patients, classes, several=self.several, coverage=self.coverage)

    def as_dict(self) -> dict[str, Any]:
        """For a card; see `rule_of`."""
        thresholds = self.thresholds.astype(object)
        thresholds[np.isnan(self.thresholds)] = None
        return {
            "coverage": self.coverage,
            "several": self.several,
            "thresholds": thresholds.tolist(),
            "patients": self.patients.tolist(),
            **({"ordered": True} if self.ordered else {}),
        }


def rule_of(card: Mapping[str, Any]) -> SetRule:
    """The rule that `as_dict` of one wrote."""
    thresholds = np.array(card["thresholds"], dtype=np.float64)  # nan for null
    patients, ordered = np.array(card["patients"]), card.get("ordered", False)
    return SetRule(card["coverage"], card["several"], thresholds, patients, ordered)


def patients_of(labels: Ints, classes: int, patients: NDArray[Any]) -> Ints:
    """How many of the patients (n,) have images with each answer, (questions, answers)."""
    right = right_answers(labels, classes)
    its = [len(set(patients[of])) for of in right.reshape(len(right), -1).T]
    return np.array(its, dtype=np.int64).reshape(right.shape[1:])


def fit_rule(
    labels: Ints,
    probabilities: Floats,
    patients: NDArray[Any],
    coverage: float,
    *,
    ordered: bool = False,
) -> SetRule:
    """The rule by images that nothing was learned from and nothing chosen by.

    labels: as in `PredictedRun`; probabilities: (n, classes), calibrated; patients: (n,). `ordered`
    as in `SetRule`.
    """
    several, classes = labels.ndim == 2, probabilities.shape[1]
    every, right = answers(probabilities, several=several), right_answers(labels, classes)
    counts = patients_of(labels, classes, patients)
    thresholds = np.full(counts.shape, np.nan)
    for question, answer in np.argwhere(counts >= needed(coverage)):
        at = right[:, question, answer]
        its = every[at, question, answer]
        thresholds[question, answer] = threshold(its, patients[at], coverage)
    return SetRule(coverage, several, thresholds, counts, ordered)


def threshold(probabilities: Floats, patients: NDArray[Any], coverage: float) -> float:
    """The greatest value that probabilities (n,) of the right answer reach often enough.

    Of m patients (n,), each of weight 1 shared by the images, a weight of `coverage` times m + 1
    must reach it: the new patient counts as one who does not. m is `needed` at least.
    """
    of_image = np.unique(patients, return_inverse=True)[1]
    images = np.bincount(of_image)
    order = np.argsort(-probabilities, kind="stable")
    reached = np.cumsum(1 / images[of_image[order]])
    wanted = coverage * (len(images) + 1)
    return float(probabilities[order[np.searchsorted(reached, wanted - ROUNDING)]])


def with_uncalibrated(
    predictions: pd.DataFrame, calibrations: Calibrations, *, fraction: float
) -> Calibrations:
    """With the recipes that have no validation part of their own, such as most ensembles, as they
    are: sets promise the same for probabilities that are not calibrated."""
    table = read_runs(predictions[predictions["fraction"] == fraction])
    nobody, k = np.zeros(0, dtype=object), len(table.names)
    recipes = dict(calibrations.recipes)
    for name in table.recipes:
        if name not in recipes:
            recipes[name] = [
                Calibrated(
                    before=run,
                    after=run,
                    map=unfitted(run.labels, k),
                    labels=run.labels[:0],
                    probabilities=np.zeros((0, k)),
                    images=nobody,
                    patients=nobody,
                )
                for run in table.of(name, fraction)
            ]
    return Calibrations(recipes, table.names)


def fit_rules(
    predictions: pd.DataFrame,
    calibrations: Calibrations,
    *,
    fraction: float,
    coverage: float,
    ordered: bool = False,
) -> dict[str, list[SetRule]]:
    """The rule of each training of `calibrate`, in its order, by the images of the part `SETS` and
    the probabilities that its map makes of them; a recipe without such images is left out."""
    here = predictions[(predictions["fraction"] == fraction) & (predictions["part"] == SETS)]
    if here.empty:
        return {}
    labels, patients = labels_of(here, calibrations.classes), whose(here)
    logits = here[[f"{LOGIT}{name}" for name in calibrations.classes]].to_numpy(dtype=np.float64)
    rows = here.groupby(["recipe", "seed", "fold"], sort=False).indices
    rules: dict[str, list[SetRule]] = {}
    for recipe, trainings in calibrations.recipes.items():
        keys = [(recipe, training.before.seed, training.before.fold) for training in trainings]
        if all(key in rows for key in keys):
            rules[recipe] = [
                fit_rule(
                    labels[at],
                    training.map.probabilities(logits[at]),
                    patients[at],
                    coverage,
                    ordered=ordered,
                )
                for training, at in zip(trainings, map(rows.__getitem__, keys), strict=True)
            ]
    return rules
