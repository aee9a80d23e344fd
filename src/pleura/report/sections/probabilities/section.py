"""The section on probabilities: its sentences, tables and figures."""

import numpy as np
import pandas as pd

from pleura.evaluate.decision import TARGETS
from pleura.evaluate.predicted_runs import share
from pleura.evaluate.reliability import AFTER, BEFORE, CHANCE, CHANGE, CLASSWISE, TOP
from pleura.report import cells
from pleura.report.classification import ClassifierStudy
from pleura.report.figures.probabilities import decision, reliability
from pleura.report.findings import Findings, in_words
from pleura.report.model import is_calibrated
from pleura.report.numbers import METRICS, capital, decimal, interval, percent, whole_percent
from pleura.report.prose import sentences
from pleura.report.section import Blocks, Section, Words, unheaded
from pleura.report.sections.probabilities.calibrated import (
    Probabilities,
    calibration_changed,
    doubts_of_model,
    fallen,
    find_calibrated,
    poor_probabilities,
    uncalibrated,
)
from pleura.report.table import Cell, Column, Table

RATES = ("sensitivity", "specificity", "ppv", "npv")
CHANCE_HEADING = "Error by chance / if calibrated ones were right"


def remarks(probabilities: Probabilities, findings: Findings) -> list[str]:
    """What calibration changed, and where a chosen sensitivity did not hold, as sentences."""
    # Of the model that is handed over its own cautions tell.
    others = [name for name, look in findings.looks.items() if not look.handed_over]
    names = [name for name in probabilities.calibrations.recipes if name in others]
    drawn = [name for name in probabilities.drawn if name in others]
    lower, higher = calibration_changed(probabilities, names)
    target = TARGETS[-1]
    below = [
        f"{in_words(rate, line=target)} for {of} by “{name}”"
        for name, of, rate in fallen(probabilities, drawn, findings.classes, target)
    ]
    delivered = [name for name in probabilities.drawn if name not in others]
    values = {
        "by_model": fallen(probabilities, delivered, findings.classes, target),
        "number": len(names),
        "lower": lower,
        "higher": higher,
        "below": below,
        "noun": findings.noun,
    }
    return sentences("probabilities", "remarks", **values, target=target)


def score_table(probabilities: Probabilities, findings: Findings) -> Table:
    """Log-loss, Brier score and calibration error before and after; coloured where calibration is
    shown to lower or raise them."""
    rows = []
    for recipe in probabilities.calibrations.recipes:
        row = [cells.recipe(recipe, findings)]
        for measure in ("log_loss", "brier", CLASSWISE):
            row += _before_and_after(probabilities, recipe, measure)
        rows.append([*row, cells.estimate(probabilities.scores[recipe, CLASSWISE, CHANCE])])
    pairs = [_twice(title) for title in ("Log-loss", "Brier score", "Calibration error")]
    title = "Probabilities on test, as trained and calibrated"
    return Table.of(title, rows, "Recipe", *pairs, CHANCE_HEADING)


def map_table(probabilities: Probabilities, findings: Findings) -> Table:
    """The maps that were fitted, and the calibration error of the likeliest class."""
    recipes, scores = probabilities.calibrations.recipes, probabilities.scores
    first, trained = next(iter(recipes.items()))
    likeliest = (first, TOP, CHANCE) in scores
    rows = []
    for recipe, trainings in recipes.items():
        images = [len(training.labels) for training in trainings]
        maps = zip(*(training.map.values for training in trainings), strict=True)
        row = [cells.recipe(recipe, findings), cells.span(pd.Series(images, dtype=float))]
        row += [_range(list(values)) for values in maps]
        if likeliest:
            row += _before_and_after(probabilities, recipe, TOP)
            row.append(cells.estimate(scores[recipe, TOP, CHANCE]))
        rows.append(row)
    error = f"Error, likeliest {findings.noun.one}"
    return Table.of(
        "Calibration: what was fitted on validation",
        rows,
        "Recipe | Images / validation",
        *(Column(*names) for names in trained[0].map.named(findings.classes)),
        *([_twice(error), CHANCE_HEADING] if likeliest else []),
    )


def sensitivity_table(probabilities: Probabilities, findings: Findings, target: float) -> Table:
    """What the thresholds for a sensitivity chosen on validation give on test, by recipe and
    class."""
    noun = findings.noun
    rows = [
        [
            cells.recipe(recipe, findings),
            Cell(name, whole_percent(share(labels, at, len(findings.classes)))),
            *_rates(probabilities, recipe, target, name),
        ]
        for recipe, trainings in probabilities.calibrations.recipes.items()
        for labels in [np.concatenate([training.after.labels for training in trainings])]
        for at, name in enumerate(findings.classes)
    ]
    return Table.of(
        f"On test, at the threshold for a sensitivity of {percent(target)} on validation",
        rows,
        f"Recipe | {capital(noun.one)} / share of test | Threshold / probability",
        f"Chosen on / images of the {noun.one}",
        *(f"{rate} / calibrated" for rate in ("Sensitivity", "Specificity", "PPV", "NPV")),
    )


def _rates(probabilities: Probabilities, recipe: str, target: float, name: str) -> list[Cell]:
    threshold, positives, sensitivity, *others = (
        probabilities.rates[recipe, target, name, measure]
        for measure in ("threshold", "positives", *RATES)
    )
    return [
        cells.threshold(threshold),
        cells.ends(positives),
        cells.estimate(sensitivity, line=target, tone="bad" if sensitivity.high < target else ""),
        *map(cells.estimate, others),
    ]


def _twice(title: str) -> str:
    return f"{title} / as trained | {title} / calibrated"


def _before_and_after(probabilities: Probabilities, recipe: str, measure: str) -> list[Cell]:
    before, after, change = (
        probabilities.scores[recipe, measure, shown] for shown in (BEFORE, AFTER, CHANGE)
    )
    metric = METRICS.get(measure, METRICS["auroc"])  # errors are written as areas are
    tone = "good" if change.high < 0 else "bad" if change.low > 0 else ""
    return [cells.estimate(before, metric), cells.estimate(after, metric, tone=tone)]


def _range(values: list[float]) -> Cell:
    low, high, mean = min(values), max(values), float(np.mean(values))
    detail = interval(low, high, bounded=False) if low < high else ""
    return Cell(decimal(mean, bounded=False), detail, order=mean)


def _blocks(study: ClassifierStudy, probabilities: Probabilities) -> Blocks:
    of = probabilities, study.findings
    curves = "Reliability diagrams; calibration errors are in the table"
    benefit = "Decision curves: net benefit against threshold probability"
    left_out, card = uncalibrated(study, probabilities), study.contents.best
    yield Words(remarks=remarks(*of), own=not card or is_calibrated(card))
    if left_out:
        yield Words("left_out", names=left_out)
    yield Words("reliability", some_left_out=bool(left_out))
    yield unheaded("reliability", curves, *reliability(*of))
    yield score_table(*of)
    yield Words("errors")
    yield map_table(*of)
    yield Words("sensitivity")
    yield from (sensitivity_table(*of, target) for target in TARGETS)
    yield Words("decisions")
    yield unheaded("decisions", benefit, *decision(*of))


SECTION = Section(
    "probabilities",
    find_calibrated,
    _blocks,
    poor_probabilities,
    doubts_of_model,
    warns=60,
)
