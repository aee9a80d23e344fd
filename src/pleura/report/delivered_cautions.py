"""What must be known of the model that is handed over, in full."""

import math

import pandas as pd

from pleura.evaluate.decision import TARGETS
from pleura.evaluate.reliability import CHANGE
from pleura.report.calibration import Probabilities
from pleura.report.delivered import Delivered, its_shortcuts
from pleura.report.fitting import fitting
from pleura.report.lungs import LungFindings, lung_cautions
from pleura.report.numbers import decimal, interval, listing, percent
from pleura.report.shortcuts import warnings
from pleura.report.verdict import signed

EVERY = 50  # of a list: all
MOST = 0.5  # a class whose sensitivity is shown to be lower is mostly missed


def delivered_cautions(
    delivered: Delivered | None,
    probabilities: Probabilities | None,
    lungs: LungFindings | None = None,
) -> tuple[str, ...]:
    """Each of them a sentence; `probabilities` and `lungs` hold those of the model (see
    `with_its_probabilities`).

    Empty where nothing is to be said, or no model is known.
    """
    if delivered is None:
        return ()
    alone = delivered.looks_alone()
    told = [text for text, _ in warnings(its_shortcuts(delivered), alone)]
    told += [caution.text for caution in lung_cautions(lungs, alone)]
    # Of sources and masks in general the study's own cautions tell.
    found = [text for text in told if delivered.name in text]
    found += _against_pixels(delivered)
    found += _mostly_missed(delivered)
    found += _of_probabilities(delivered, probabilities) if probabilities else []
    found += of_its_training(delivered.run)
    return tuple(found)


def _against_pixels(delivered: Delivered) -> list[str]:
    findings, lead = delivered.findings, delivered.lead
    if math.isnan(lead.value) or findings.shown_better(lead):
        return []
    verb = "is shown to be worse than" if findings.shown_worse(lead) else "is not shown to beat"
    return [
        f"It {verb} the pixel baseline “{delivered.baseline}” of the same patients "
        f"(difference in {findings.metric.label} {signed(findings, lead)})."
    ]


def _mostly_missed(delivered: Delivered) -> list[str]:
    """That the likeliest class is the wrong one for most images of a class: AUROC, which tuning
    goes by, does not show it, and a calibrated model may never name a rare class."""
    rates = {
        of: delivered.findings.estimate(delivered.name, delivered.fraction, "sensitivity", of)
        for of in delivered.findings.classes
    }
    missed = [
        f"{decimal(rate.value)} ({interval(rate.low, rate.high)}) of “{of}”"
        for of, rate in rates.items()
        if rate.high < MOST
    ]
    if not missed:
        return []
    return [
        f"Its likeliest class is right for {listing(missed, EVERY)} on test: it misses most of "
        "these images unless a threshold is chosen."
    ]


def _of_probabilities(delivered: Delivered, probabilities: Probabilities) -> list[str]:
    name, found = delivered.name, []
    change = probabilities.scores.get((name, "log_loss", CHANGE))
    if change and change.low > 0:
        found.append(
            "Calibration on validation makes its probabilities worse on test: do not trust them "
            "before they were checked where they are used."
        )
    for target in TARGETS:
        rates = {
            of: probabilities.rates.get((name, target, of, "sensitivity"))
            for of in delivered.findings.classes
        }
        fallen = [
            f"{decimal(rate.value)} ({interval(rate.low, rate.high)}) for “{of}”"
            for of, rate in rates.items()
            if rate and rate.high < target
        ]
        if fallen:
            found.append(
                f"A sensitivity of {percent(target)} chosen on validation, on calibrated "
                f"probabilities, does not hold on test: {listing(fallen, EVERY)}."
            )
    return found


def of_its_training(runs: pd.DataFrame) -> list[str]:
    """What its row of the `runs` gives reason to doubt, as sentences."""
    found = []
    for _, run in runs.iterrows():
        if run["converged"] is False:
            found.append("Its training had not converged: more epochs may change it.")
        if run["rate_at_edge"] is True:
            knob = run["knob"] or "learning rate"
            found.append(f"Its {knob} lies at the edge of the grid: a better one may lie outside.")
    return [*found, *(caution.text for caution in fitting(runs))]
