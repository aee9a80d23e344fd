"""What calibration on validation makes of the probabilities of each recipe."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from pleura.evaluate.calibration import Calibrations, calibrate
from pleura.evaluate.decision import TARGETS, at_sensitivity
from pleura.evaluate.reliability import CHANGE, by_reliability
from pleura.report.classification import ClassifierStudy
from pleura.report.findings import Estimate, Estimates, Findings, estimates, in_words
from pleura.report.numbers import decimal, listing
from pleura.report.prose import EVERY, say
from pleura.report.section import Cautions, warn


@dataclass(frozen=True)
class Probabilities:
    """At the largest fraction: `calibrations`; `scores` by (recipe, measure, what is shown);
    `rates` by (recipe, target, class, measure); `drawn`, the recipes in the figures."""

    calibrations: Calibrations
    scores: Estimates
    rates: Estimates
    drawn: tuple[str, ...]


def find_probabilities(predictions: pd.DataFrame, findings: Findings) -> Probabilities | None:
    """Calibrate every recipe at the largest fraction; None where no validation was predicted.

    Drawn are the reference, the best recipe, the best baseline and the model handed over.
    """
    largest = findings.fractions[-1]
    every = calibrate(predictions, fraction=largest)
    ordered = {name: every.recipes[name] for name in findings.looks if name in every.recipes}
    if not ordered:
        return None
    calibrations = Calibrations(ordered, every.classes)
    scores = by_reliability(calibrations, level=findings.level)
    rates = at_sensitivity(calibrations, level=findings.level)
    first = {findings.reference, findings.best_recipe(largest), findings.best_baseline(largest)}
    return Probabilities(
        calibrations,
        estimates(scores, "recipe", "measure", "shown"),
        estimates(rates, "recipe", "target", "class", "measure"),
        tuple(name for name in ordered if name in first or findings.looks[name].handed_over),
    )


def find_calibrated(study: ClassifierStudy) -> Probabilities | None:
    """The probabilities of recipes, and those of the model that is handed over as it was trained:
    its calibration is one of them."""
    return study.with_the_model(
        lambda contents, findings: find_probabilities(contents.predictions, findings), trained=True
    )


def uncalibrated(study: ClassifierStudy, probabilities: Probabilities) -> list[str]:
    """All who predict at the largest fraction and for whom nobody validates, so that they are not
    among the probabilities: ensembles, and the model that is handed over where it is one."""
    contents = study.contents
    here = set(contents.test["recipe"][contents.test["fraction"] == study.findings.fractions[-1]])
    calibrated = probabilities.calibrations.recipes
    return [name for name in study.findings.looks if name in here and name not in calibrated]


def calibration_changed(
    probabilities: Probabilities, names: Iterable[str]
) -> tuple[list[str], list[str]]:
    """Which of the recipes calibration is shown to lower the log-loss of, and which to raise it."""
    changes = {name: probabilities.scores[name, "log_loss", CHANGE] for name in names}
    return (
        [name for name, change in changes.items() if change.high < 0],
        [name for name, change in changes.items() if change.low > 0],
    )


def fallen(
    probabilities: Probabilities, names: Iterable[str], classes: Iterable[str], target: float
) -> list[tuple[str, str, Estimate]]:
    """Recipe, class and sensitivity on test, where it is below the one chosen on validation."""
    return [
        (name, of, rate)
        for name in names
        for of in classes
        for rate in [probabilities.rates[name, target, of, "sensitivity"]]
        if rate.high < target
    ]


def poor_probabilities(study: ClassifierStudy, probabilities: Probabilities) -> Cautions:
    """What of the recipes drawn must be known before their probabilities are used."""
    findings = study.recipes.findings
    names = [name for name in probabilities.drawn if name in findings.recipes]
    _, raised = calibration_changed(probabilities, names)
    if raised:
        yield warn("probabilities", "unlike", raised=raised)
    target = TARGETS[-1]
    if lower := fallen(probabilities, names, findings.classes, target):
        rates = [f"{decimal(rate.value)} for {of} by “{name}”" for name, of, rate in lower]
        yield warn("probabilities", "does_not_hold", target=target, lower=listing(rates, 3))


def doubts_of_model(study: ClassifierStudy, probabilities: Probabilities) -> Iterator[str]:
    """What must be known of the probabilities of the model that is handed over."""
    assert study.model
    name = study.model.name
    if name not in probabilities.calibrations.recipes:
        return
    if calibration_changed(probabilities, [name])[1]:
        yield say("probabilities", "unlike_model")
    for target in TARGETS:
        if lower := fallen(probabilities, [name], study.findings.classes, target):
            rates = [f"{in_words(rate, line=target)} for “{of}”" for _, of, rate in lower]
            yield say("probabilities", "does_not_hold", target=target, lower=listing(rates, EVERY))
