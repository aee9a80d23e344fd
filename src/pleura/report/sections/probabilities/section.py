"""The section on probabilities: its sentences, tables and figures."""

from collections.abc import Iterator

import numpy as np

from pleura.evaluate.calibration import Calibrated
from pleura.evaluate.decision import TARGETS
from pleura.evaluate.reliability import AFTER, BEFORE, CHANCE, CHANGE, CLASSWISE, TOP
from pleura.report.classification import ClassifierFolder
from pleura.report.figures.decision import decision
from pleura.report.figures.reliability import reliability
from pleura.report.findings import Findings, in_words
from pleura.report.numbers import METRICS, decimal, interval, listing, percent, span
from pleura.report.section import Block, Caution, Figures, Section, Words
from pleura.report.sections.probabilities.found import (
    Probabilities,
    doubts_of_model,
    fallen,
    find_calibrated,
    poor_probabilities,
)
from pleura.report.study import Study
from pleura.report.table import Cell, Column, Table, estimate_cell, headings, measured, recipe_cell

RATES = ("sensitivity", "specificity", "ppv", "npv")
CHANCE_HEADING = "Error by chance / if calibrated ones were right"


def remarks(probabilities: Probabilities, findings: Findings) -> list[str]:
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
    below = [
        f"{in_words(rate)} for {of} by {name}"
        for name, of, rate in fallen(probabilities, findings)
        if name in others
    ]
    held = (
        f"The sensitivity of {percent(target)} chosen on validation did not hold on test: "
        f"{listing(below, 3)}."
        if below
        else f"The sensitivity of {percent(target)} chosen on validation is not contradicted by "
        "test, for any class of the recipes drawn."
    )
    return [change, held]


def score_table(probabilities: Probabilities, findings: Findings) -> Table:
    """Log-loss, Brier score and calibration error before and after; coloured where calibration is
    shown to lower or raise them."""
    rows = []
    for recipe in probabilities.calibrations.recipes:
        cells = [recipe_cell(recipe, findings)]
        for measure in ("log_loss", "brier", CLASSWISE):
            cells += _before_and_after(probabilities, recipe, measure)
        rows.append([*cells, measured(probabilities.scores[recipe, CLASSWISE, CHANCE])])
    pairs = [_twice(title) for title in ("Log-loss", "Brier score", "Calibration error")]
    columns = headings(f"Recipe | {' | '.join(pairs)} | {CHANCE_HEADING}")
    return Table("Probabilities on test, as trained and calibrated", columns, rows)


def map_table(probabilities: Probabilities, findings: Findings) -> Table:
    """The maps that were fitted, and the calibration error of the likeliest class."""
    classes, rows = findings.classes, []
    recipes = probabilities.calibrations.recipes
    first = next(iter(recipes.values()))[0].map
    likeliest = (next(iter(recipes)), TOP, CHANCE) in probabilities.scores
    for recipe, trainings in recipes.items():
        images = [len(training.labels) for training in trainings]
        maps = [training.map for training in trainings]
        rows.append(
            [
                recipe_cell(recipe, findings),
                Cell(span(min(images), max(images)), order=float(np.mean(images))),
                *(
                    _range(list(values))
                    for values in zip(*(each.values for each in maps), strict=True)
                ),
                *(_likeliest(probabilities, recipe) if likeliest else ()),
            ]
        )
    columns = [
        *headings("Recipe | Images / validation"),
        *(Column(*names) for names in first.named(classes)),
        *(headings(f"{_twice('Error, likeliest class')} | {CHANCE_HEADING}") if likeliest else ()),
    ]
    return Table("Calibration: what was fitted on validation", columns, rows)


def _likeliest(probabilities: Probabilities, recipe: str) -> list[Cell]:
    """The calibration error of the likeliest class, before and after and by chance."""
    scores = _before_and_after(probabilities, recipe, TOP)
    return [*scores, measured(probabilities.scores[recipe, TOP, CHANCE])]


def sensitivity_table(probabilities: Probabilities, findings: Findings, target: float) -> Table:
    """What the thresholds for a sensitivity chosen on validation give on test, by recipe and
    class."""
    columns = headings(
        "Recipe | Class / share of test | Threshold / probability | Chosen on / images of the class"
        " | Sensitivity / calibrated | Specificity / calibrated | PPV / calibrated | "
        "NPV / calibrated"
    )
    rows = [
        [
            recipe_cell(recipe, findings),
            Cell(name, f"{100 * _share(trainings, at):.0f}\N{NO-BREAK SPACE}%"),
            *_rates(probabilities, recipe, target, name),
        ]
        for recipe, trainings in probabilities.calibrations.recipes.items()
        for at, name in enumerate(findings.classes)
    ]
    title = f"On test, at the threshold for a sensitivity of {percent(target)} on validation"
    return Table(title, columns, rows)


def _rates(probabilities: Probabilities, recipe: str, target: float, name: str) -> list[Cell]:
    rates = {m: probabilities.rates[recipe, target, name, m] for m in RATES}
    threshold, positives = (
        probabilities.rates[recipe, target, name, m] for m in ("threshold", "positives")
    )
    several = threshold.low < threshold.high
    ends = interval(threshold.low, threshold.high) if several else ""
    missed = "bad" if rates["sensitivity"].high < target else ""
    return [
        Cell(decimal(threshold.value), ends, order=threshold.value),
        Cell(span(positives.low, positives.high), order=positives.value),
        *(estimate_cell(e, tone=missed if m == "sensitivity" else "") for m, e in rates.items()),
    ]


def _share(trainings: list[Calibrated], at: int) -> float:
    labels = np.concatenate([training.after.labels for training in trainings])
    return float((labels == at).mean())


def _twice(title: str) -> str:
    return f"{title} / as trained | {title} / calibrated"


def _before_and_after(probabilities: Probabilities, recipe: str, measure: str) -> list[Cell]:
    before, after, change = (
        probabilities.scores[recipe, measure, shown] for shown in (BEFORE, AFTER, CHANGE)
    )
    metric = METRICS.get(measure, METRICS["auroc"])  # errors are written as areas are
    tone = "good" if change.high < 0 else "bad" if change.low > 0 else ""
    return [estimate_cell(before, metric), estimate_cell(after, metric, tone=tone)]


def _range(values: list[float]) -> Cell:
    low, high, mean = min(values), max(values), float(np.mean(values))
    detail = interval(low, high, bounded=False) if low < high else ""
    return Cell(decimal(mean, bounded=False), detail, order=mean)


def _blocks(study: Study[ClassifierFolder], found: Probabilities) -> Iterator[Block]:
    findings = study.findings
    curves = "Reliability diagrams; calibration errors are in the table"
    benefit = "Decision curves: net benefit against threshold probability"
    yield Words(remarks=remarks(found, findings))
    yield Words("reliability")
    yield Figures("reliability", (("", curves, each) for each in reliability(found, findings)))
    yield score_table(found, findings)
    yield Words("errors")
    yield map_table(found, findings)
    yield Words("sensitivity")
    for target in TARGETS:
        yield sensitivity_table(found, findings, target)
    yield Words("decisions")
    yield Figures("decisions", (("", benefit, each) for each in decision(found, findings)))


def _doubts(study: Study[ClassifierFolder], found: Probabilities) -> list[Caution]:
    return [Caution(text) for text in poor_probabilities(found, study.recipes.findings)]


SECTION = Section("probabilities", find_calibrated, _blocks, _doubts, doubts_of_model, warns=60)
