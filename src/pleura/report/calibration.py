"""Whether probabilities can be taken at their word, and what acting on them would mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pleura.evaluate.calibration import Calibrated, Calibrations, calibrate
from pleura.evaluate.decision import TARGETS, at_sensitivity
from pleura.evaluate.reliability import (
    AFTER,
    BEFORE,
    CHANCE,
    CHANGE,
    CLASSWISE,
    TOP,
    by_reliability,
)
from pleura.report.findings import Estimate, Findings
from pleura.report.numbers import METRICS, decimal, interval, listing, percent, span
from pleura.report.table import Cell, Column, Table, recipe_cell

RATES = ("sensitivity", "specificity", "ppv", "npv")


@dataclass(frozen=True)
class Probabilities:
    """At the largest fraction: `calibrations`; `scores` by (recipe, measure, what is shown);
    `rates` by (recipe, target, class, measure); `drawn`, the recipes in the figures."""

    calibrations: Calibrations
    scores: Mapping[tuple[str, str, str], Estimate]
    rates: Mapping[tuple[str, float, str, str], Estimate]
    drawn: tuple[str, ...]


def find_probabilities(predictions: pd.DataFrame, findings: Findings) -> Probabilities | None:
    """Calibrate every recipe at the largest fraction; None where no validation was predicted.

    Drawn are the reference, the best recipe and the best baseline.
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
        {(r, m, s): Estimate(*e) for r, m, s, *e in scores.itertuples(index=False, name=None)},
        {(r, t, c, m): Estimate(*e) for r, t, c, m, *e in rates.itertuples(index=False, name=None)},
        tuple(name for name in ordered if name in first),
    )


@dataclass(frozen=True)
class UseSection:
    """What the section on probabilities says, beside its figures."""

    remarks: list[str]
    scores: Table
    maps: Table
    sensitivities: list[Table]


def use_section(probabilities: Probabilities, findings: Findings) -> UseSection:
    """Sentences and tables of the section."""
    return UseSection(
        _remarks(probabilities, findings),
        _score_table(probabilities, findings),
        _map_table(probabilities, findings),
        _sensitivity_tables(probabilities, findings),
    )


def poor_probabilities(probabilities: Probabilities, findings: Findings) -> list[str]:
    """What of the recipes drawn must be known before their probabilities are used: sentences."""
    names = [name for name in probabilities.drawn if name in findings.recipes]
    raised = [n for n in names if probabilities.scores[n, "log_loss", CHANGE].low > 0]
    found = []
    if raised:
        found.append(
            f"Calibration on validation makes the probabilities of {listing(raised, 3)} worse on "
            "test: validation images are unlike test images. Do not trust any probability here, "
            "calibrated or not, before it was checked where it is used."
        )
    fallen = [
        f"{decimal(rate.value)} for {of} by {name}"
        for name, of, rate in _fallen(probabilities, findings)
        if name in names
    ]
    if fallen:
        found.append(
            f"A sensitivity of {percent(TARGETS[-1])} chosen on validation, on calibrated "
            "probabilities, does not hold on test: "
            f"{listing(fallen, 3)}."
        )
    return found


def _fallen(
    probabilities: Probabilities, findings: Findings
) -> Iterator[tuple[str, str, Estimate]]:
    """Recipe drawn, class and sensitivity on test, where it is below the highest one chosen."""
    target = TARGETS[-1]
    for name in probabilities.drawn:
        for of in findings.classes:
            rate = probabilities.rates[name, target, of, "sensitivity"]
            if rate.high < target:
                yield name, of, rate


def _remarks(probabilities: Probabilities, findings: Findings) -> list[str]:
    """What calibration changed, and where a chosen sensitivity did not hold, as sentences."""
    # Of the model that is handed over its own cautions tell.
    others = [name for name, look in findings.looks.items() if look.kind != "delivered"]
    names = [name for name in probabilities.calibrations.recipes if name in others]
    changes = {name: probabilities.scores[name, "log_loss", CHANGE] for name in names}
    lower = [name for name in names if changes[name].high < 0]
    higher = [name for name in names if changes[name].low > 0]
    change = (
        f"Of {len(names)} recipes and baselines, calibration is shown to lower the log-loss on "
        f"test for {listing(lower, 3) or 'none'}, to raise it for {listing(higher, 3) or 'none'}."
    )
    if higher:
        change += (
            " Where it rises, test images are unlike validation images, or those were too few; "
            "the images of a clinic may be unlike both: check probabilities there before use."
        )
    target = TARGETS[-1]
    fallen = [
        f"{decimal(rate.value)} ({interval(rate.low, rate.high)}) for {of} by {name}"
        for name, of, rate in _fallen(probabilities, findings)
        if name in others
    ]
    held = (
        f"The sensitivity of {percent(target)} chosen on validation did not hold on test: "
        f"{listing(fallen, 3)}."
        if fallen
        else f"The sensitivity of {percent(target)} chosen on validation is not contradicted by "
        "test, for any class of the recipes drawn."
    )
    return [change, held]


def _score_table(probabilities: Probabilities, findings: Findings) -> Table:
    """Log-loss, Brier score and calibration error before and after; coloured where calibration is
    shown to lower or raise them."""
    rows = []
    for recipe in probabilities.calibrations.recipes:
        cells = [recipe_cell(recipe, findings.looks[recipe], findings.reference)]
        for measure in ("log_loss", "brier", CLASSWISE):
            cells += _before_and_after(probabilities, recipe, measure)
        rows.append([*cells, _chance(probabilities, recipe, CLASSWISE)])
    columns = [
        Column("Recipe", number=False),
        *_headings("Log-loss"),
        *_headings("Brier score"),
        *_headings("Calibration error"),
        Column("Error by chance", "if calibrated ones were right"),
    ]
    return Table("Probabilities on test, as trained and calibrated", columns, rows)


def _map_table(probabilities: Probabilities, findings: Findings) -> Table:
    """The maps that were fitted, and the calibration error of the likeliest class."""
    classes = findings.classes
    rows = []
    for recipe, trainings in probabilities.calibrations.recipes.items():
        images = [len(training.labels) for training in trainings]
        maps = [training.map for training in trainings]
        rows.append(
            [
                recipe_cell(recipe, findings.looks[recipe], findings.reference),
                Cell(span(min(images), max(images)), order=float(np.mean(images))),
                _range([one.temperature for one in maps]),
                *(_range([one.biases[i] for one in maps]) for i in range(len(classes) - 1)),
                *_before_and_after(probabilities, recipe, TOP),
                _chance(probabilities, recipe, TOP),
            ]
        )
    columns = [
        Column("Recipe", number=False),
        Column("Images", "validation"),
        Column("Temperature"),
        *(Column(f"Bias {name}", f"{classes[-1]}: 0") for name in classes[:-1]),
        *_headings("Error, likeliest class"),
        Column("Error by chance", "if calibrated ones were right"),
    ]
    return Table("Calibration: what was fitted on validation", columns, rows)


def _sensitivity_tables(probabilities: Probabilities, findings: Findings) -> list[Table]:
    """For each chosen sensitivity what its thresholds give on test, by recipe and class."""
    columns = [
        Column("Recipe", number=False),
        Column("Class", "share of test", number=False),
        Column("Threshold", "probability"),
        Column("Chosen on", "images of the class"),
        *(Column(title, "calibrated") for title in ("Sensitivity", "Specificity", "PPV", "NPV")),
    ]
    return [
        Table(
            f"On test, at the threshold for a sensitivity of {percent(target)} on validation",
            columns,
            [
                _rates(probabilities, findings, recipe, target, at)
                for recipe in probabilities.calibrations.recipes
                for at in range(len(findings.classes))
            ],
        )
        for target in TARGETS
    ]


def _rates(
    probabilities: Probabilities, findings: Findings, recipe: str, target: float, at: int
) -> list[Cell]:
    name = findings.classes[at]
    found = {
        m: probabilities.rates[recipe, target, name, m] for m in (*RATES, "threshold", "positives")
    }
    share = _share(probabilities.calibrations.recipes[recipe], at)
    threshold, positives = found["threshold"], found["positives"]
    several = threshold.low < threshold.high
    return [
        recipe_cell(recipe, findings.looks[recipe], findings.reference),
        Cell(name, f"{100 * share:.0f}\N{NO-BREAK SPACE}%"),
        Cell(
            decimal(threshold.value),
            interval(threshold.low, threshold.high) if several else "",
            order=threshold.value,
        ),
        Cell(span(positives.low, positives.high), order=positives.value),
        *(
            Cell(
                decimal(found[m].value),
                interval(found[m].low, found[m].high),
                order=found[m].value,
                tone="bad" if m == "sensitivity" and found[m].high < target else "",
            )
            for m in RATES
        ),
    ]


def _share(trainings: list[Calibrated], at: int) -> float:
    labels = np.concatenate([training.after.labels for training in trainings])
    return float((labels == at).mean())


def _headings(title: str) -> tuple[Column, Column]:
    return Column(title, "as trained"), Column(title, "calibrated")


def _before_and_after(probabilities: Probabilities, recipe: str, measure: str) -> list[Cell]:
    before, after, change = (
        probabilities.scores[recipe, measure, shown] for shown in (BEFORE, AFTER, CHANGE)
    )
    bounded = measure not in METRICS or METRICS[measure].bounded
    tone = "good" if change.high < 0 else "bad" if change.low > 0 else ""
    return [
        Cell(
            decimal(e.value, bounded=bounded),
            interval(e.low, e.high, bounded=bounded),
            order=e.value,
            tone=tone if e is after else "",
        )
        for e in (before, after)
    ]


def _chance(probabilities: Probabilities, recipe: str, measure: str) -> Cell:
    e = probabilities.scores[recipe, measure, CHANCE]
    return Cell(decimal(e.value), interval(e.low, e.high), order=e.value)


def _range(values: list[float]) -> Cell:
    low, high, mean = min(values), max(values), float(np.mean(values))
    detail = interval(low, high, bounded=False) if low < high else ""
    return Cell(decimal(mean, bounded=False), detail, order=mean)
