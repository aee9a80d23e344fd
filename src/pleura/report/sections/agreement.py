"""Predicted numbers against true ones: calibration by bins, and limits of agreement."""

from dataclasses import dataclass

import pandas as pd

from pleura.evaluate.agreement import agreement, calibration
from pleura.evaluate.number_metrics import MAE
from pleura.evaluate.number_runs import read_number_runs
from pleura.report import cells
from pleura.report.figures.agreement import calibrated, differences
from pleura.report.findings import Estimate
from pleura.report.numbers import of_labels
from pleura.report.numbers_folder import NumbersFolder
from pleura.report.section import Blocks, Figures, Section, Text
from pleura.report.study import Study
from pleura.report.table import Column, Table, headings

CALIBRATED = (
    "Test part, {largest}. A dot is a fifth of the images by what was predicted for them, with the "
    "mean of the true numbers and its interval over patients and seeds; on the line, predictions "
    "mean what they say. The slope in the table is that of the truth on the prediction: below 1 "
    "where predictions lie too far apart, above 1 where they keep too near to the mean."
)
AGREES = (
    "Each dot is a test image of one seed (Bland and Altman): how far the prediction is from the "
    "truth, against the mean of both. Lines are the mean difference and the limits within which "
    "95 % of the differences lie, with intervals over patients and seeds as bands. Limits are made "
    "as if differences were normal and alike everywhere; the dots show whether they are."
)


@dataclass(frozen=True)
class Agreement:
    """Of each recipe and baseline at the largest fraction: its test predictions, what
    `pleura.evaluate.agreement` tells of them, and its calibration by bins."""

    predictions: dict[str, pd.DataFrame]
    told: dict[str, pd.DataFrame]
    curves: dict[str, pd.DataFrame]


def _find(study: Study[NumbersFolder]) -> Agreement:
    findings, contents = study.findings, study.contents
    largest = findings.fractions[-1]
    test = contents.test
    rows = dict(findings.by_recipe(test[test["fraction"] == largest]))
    runs = {name: read_number_runs(its).runs for name, its in rows.items()}
    return Agreement(
        rows,
        {name: agreement(its, findings.level) for name, its in runs.items()},
        {name: calibration(its, findings.level) for name, its in runs.items()},
    )


def agreement_table(found: Agreement, study: Study[NumbersFolder]) -> Table:
    """Mean difference, limits of agreement and slope of every recipe, with intervals."""
    findings = study.findings
    rows = []
    for name, told in found.told.items():
        values = told[["value", "low", "high"]].itertuples(index=False)
        row = [cells.estimate(Estimate(*each), MAE) for each in values]
        rows.append([cells.recipe(name, findings), *row])
    unit = study.contents.unit
    names = headings("Mean difference | Lower limit | Upper limit")
    columns = [Column(name.title, unit) for name in names]
    title = f"Agreement, {of_labels(findings.fractions[-1])}"
    return Table(title, [Column("Recipe"), *columns, Column("Slope", "truth on prediction")], rows)


def _blocks(study: Study[NumbersFolder], found: Agreement) -> Blocks:
    findings, told = study.findings, study.contents.told
    yield Text(CALIBRATED.format(largest=of_labels(findings.fractions[-1])))
    drawn = calibrated(found.curves, findings.looks, told)
    yield Figures("calibration", [("Calibration", "True against predicted numbers", drawn)])
    yield Text(AGREES)
    drawn = differences(found.predictions, found.told, findings.looks, told)
    yield Figures("differences", [("Differences", "Predicted minus true numbers", drawn)])
    yield agreement_table(found, study)


SECTION = Section("agreement", _find, _blocks, title="Calibration and agreement", nav="Agreement")
