"""What calibration on validation makes of the probabilities of each recipe."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from pleura.evaluate.calibration import Calibrations, calibrate
from pleura.evaluate.decision import TARGETS, at_sensitivity
from pleura.evaluate.reliability import CHANGE, by_reliability
from pleura.report.classification import ClassifierFolder
from pleura.report.findings import Estimate, Estimates, Findings, estimates, in_words
from pleura.report.numbers import decimal, listing, percent
from pleura.report.study import Study

EVERY = 50  # of a list: all


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
    found = calibrate(predictions, fraction=largest)
    ordered = {name: found.recipes[name] for name in findings.looks if name in found.recipes}
    if not ordered:
        return None
    calibrations = Calibrations(ordered, found.classes)
    scores = by_reliability(calibrations, level=findings.level)
    rates = at_sensitivity(calibrations, level=findings.level)
    first = {findings.reference, findings.best_recipe(largest), findings.best_baseline(largest)}
    return Probabilities(
        calibrations,
        estimates(scores, "recipe", "measure", "shown"),
        estimates(rates, "recipe", "target", "class", "measure"),
        tuple(
            name for name in ordered if name in first or findings.looks[name].kind == "delivered"
        ),
    )


def find_calibrated(study: Study[ClassifierFolder]) -> Probabilities | None:
    """The probabilities of recipes, and those of the model that is handed over as it was trained:
    its calibration is one of them."""
    return study.with_the_model(
        lambda contents, findings: find_probabilities(contents.predictions, findings), trained=True
    )


def poor_probabilities(probabilities: Probabilities, findings: Findings) -> list[str]:
    """What of the recipes drawn must be known before their probabilities are used: sentences."""
    names = [name for name in probabilities.drawn if name in findings.recipes]
    raised = [n for n in names if probabilities.scores[n, "log_loss", CHANGE].low > 0]
    found = []
    if raised:
        found.append(
            f"Calibration on validation makes the probabilities of {listing(raised, 3)} worse on "
            "test: validation images are unlike test images, or too few. Do not trust any "
            "probability here, calibrated or not, before it was checked where it is used."
        )
    lower = [
        f"{decimal(rate.value)} for {of} by {name}"
        for name, of, rate in fallen(probabilities, findings)
        if name in names
    ]
    if lower:
        found.append(
            f"A sensitivity of {percent(TARGETS[-1])} chosen on validation, on calibrated "
            "probabilities, does not hold on test: "
            f"{listing(lower, 3)}."
        )
    return found


def fallen(probabilities: Probabilities, findings: Findings) -> Iterator[tuple[str, str, Estimate]]:
    """Recipe drawn, class and sensitivity on test, where it is below the highest one chosen."""
    target = TARGETS[-1]
    for name in probabilities.drawn:
        for of in findings.classes:
            rate = probabilities.rates[name, target, of, "sensitivity"]
            if rate.high < target:
                yield name, of, rate


def doubts_of_model(study: Study[ClassifierFolder], found: Probabilities) -> Iterator[str]:
    """What must be known of the probabilities of the model that is handed over."""
    assert study.model
    name = study.model.name
    change = found.scores.get((name, "log_loss", CHANGE))
    if change and change.low > 0:
        yield (
            "Calibration on validation makes its probabilities worse on test: do not trust them "
            "before they were checked where they are used."
        )
    for target in TARGETS:
        rates = {
            of: found.rates.get((name, target, of, "sensitivity")) for of in study.findings.classes
        }
        lower = [
            f"{in_words(rate)} for “{of}”"
            for of, rate in rates.items()
            if rate and rate.high < target
        ]
        if lower:
            yield (
                f"A sensitivity of {percent(target)} chosen on validation, on calibrated "
                f"probabilities, does not hold on test: {listing(lower, EVERY)}."
            )
