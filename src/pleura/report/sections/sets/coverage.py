"""The prediction sets of each recipe on test, and its error where it abstains."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from pleura.evaluate.abstention import judge_abstention
from pleura.evaluate.calibration import Calibrations
from pleura.evaluate.prediction_sets import SetRule, fit_rules, named, needed, with_uncalibrated
from pleura.evaluate.set_coverage import COVERED, EXPECTED, judge_sets
from pleura.report.classification import ClassifierStudy
from pleura.report.findings import Estimates, estimates, in_words
from pleura.report.numbers import listing
from pleura.report.prose import EVERY, say
from pleura.report.section import Caution, Cautions
from pleura.report.sections.probabilities.calibrated import find_calibrated

NAMED = 3  # in a caution; the model that is handed over tells all


@dataclass(frozen=True)
class JudgedSets:
    """At the largest fraction: `values` by (recipe, question, answer, measure) as of `judge_sets`,
    `errors` by (recipe, question, measure) as of `judge_abstention`; `drawn`, the recipes in the
    figure; `rules` of each recipe."""

    coverage: float
    calibrations: Calibrations
    rules: dict[str, list[SetRule]]
    values: Estimates
    errors: Estimates
    drawn: tuple[str, ...]

    @property
    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Those of the questions and of the answers."""
        several = next(iter(self.rules.values()))[0].several
        return named(self.calibrations.classes, several=several)

    def answers(self) -> Iterator[tuple[int, int, str, str, str]]:
        """Each question and answer: their positions, names, and what both are called together."""
        questions, names = self.names
        for (at, question), (number, answer) in product(enumerate(questions), enumerate(names)):
            yield at, number, question, answer, f"{question} {answer}".strip()

    def patients(self, recipe: str, question: int, answer: int) -> list[int]:
        """Of how many patients the thresholds of each training were made."""
        return [int(rule.patients[question, answer]) for rule in self.rules[recipe]]


def find_sets(study: ClassifierStudy) -> JudgedSets | None:
    """Evaluate all recipes and the model handed over; None where the study asks for no sets."""
    asked = study.contents.study.get("sets")
    calibrated = study.evaluate(find_calibrated) if asked else None
    if calibrated is None or not asked:
        return None
    findings, recipes = study.findings, study.recipes
    fraction, level, coverage = findings.fractions[-1], findings.level, float(asked["coverage"])
    tables = [recipes.contents.predictions]
    if study.model:
        tables.append(study.model.trained.predictions)
    predictions = pd.concat(tables, ignore_index=True)
    every = with_uncalibrated(predictions, calibrated.calibrations, fraction=fraction).recipes
    ordered = {name: every[name] for name in findings.looks if name in every}
    calibrations = Calibrations(ordered, calibrated.calibrations.classes)
    rules = fit_rules(
        predictions,
        calibrations,
        fraction=fraction,
        coverage=coverage,
        ordered=findings.noun.ordered,
    )
    if not rules:
        return None
    judged = judge_sets(calibrations, rules, level=level)
    drawn = {*calibrated.drawn, recipes.findings.best_recipe(fraction)}
    return JudgedSets(
        coverage,
        calibrations,
        rules,
        estimates(judged, "recipe", "question", "answer", "measure"),
        estimates(judge_abstention(calibrations, level=level), "recipe", "question", "measure"),
        tuple(name for name in rules if name in drawn),
    )


def fallen(sets: JudgedSets, recipe: str) -> list[str]:
    """Answers whose coverage on test lies wholly below what the calibration patients allow."""
    lower = []
    for _, _, question, answer, called in sets.answers():
        if (measured := sets.values.get((recipe, question, answer, COVERED))) is not None:
            expected = sets.values[recipe, question, answer, EXPECTED]
            if measured.high < expected.low:
                lower.append(f"{in_words(measured, line=expected.low)} for “{called}”")
    return lower


def without(sets: JudgedSets, recipe: str) -> list[str]:
    """Answers of which too few patients are kept, with the number of these."""
    rules = sets.rules[recipe]
    fewest = np.min([rule.patients for rule in rules], axis=0)
    few = replace(rules[0], patients=fewest).without(sets.calibrations.classes)
    return [f"“{called}” ({number})" for called, number in few.items()]


def warnings(study: ClassifierStudy, sets: JudgedSets) -> Cautions:
    """Classes without a set, and recipes whose sets do not hold on test."""
    if few := without(sets, next(iter(sets.rules))):
        yield Caution(_no_set(sets, few), serious=False)
    for name in study.recipes.findings.recipes:
        if name in sets.rules and (lower := fallen(sets, name)):
            yield Caution(_does_not_hold(sets, lower, name))


def doubts_of_model(study: ClassifierStudy, sets: JudgedSets) -> Iterator[str]:
    """What must be known of the sets of the model that is handed over."""
    assert study.model
    name = study.model.name
    if name not in sets.rules:
        return
    if few := without(sets, name):
        yield _no_set(sets, few)
    if lower := fallen(sets, name):
        yield _does_not_hold(sets, lower, named=EVERY)


def _no_set(sets: JudgedSets, few: list[str]) -> str:
    least, coverage = needed(sets.coverage), sets.coverage
    return say("sets", "no_set", few=listing(few, EVERY), needed=least, coverage=coverage)


def _does_not_hold(sets: JudgedSets, lower: list[str], recipe: str = "", named: int = NAMED) -> str:
    names = listing(lower, named)
    return say("sets", "does_not_hold", recipe=recipe, lower=names, coverage=sets.coverage)
