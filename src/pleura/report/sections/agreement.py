"""Predicted numbers against true ones: calibration by bins, and limits of agreement."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from pleura.evaluate.agreement import agreement, calibration
from pleura.evaluate.number_metrics import MAE, R2
from pleura.evaluate.number_runs import read_number_runs
from pleura.report import cells
from pleura.report.figures.agreement import calibrated, differences
from pleura.report.findings import Estimate, in_words
from pleura.report.numbers import of_labels
from pleura.report.numbers_folder import NumbersFolder
from pleura.report.prose import say
from pleura.report.section import Blocks, Cautions, Figures, Section, Words, warn
from pleura.report.study import Study
from pleura.report.table import Column, Table, headings


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
    findings, error = study.findings, study.judged.measures[MAE.name]
    rows = []
    for name, told in found.told.items():
        values = told[["value", "low", "high"]].itertuples(index=False)
        *ends, slope = (Estimate(*each) for each in values)
        row = [*(cells.estimate(each, error) for each in ends), cells.estimate(slope, R2)]
        rows.append([cells.recipe(name, findings), *row])
    unit = study.contents.unit
    names = headings("Mean difference | Lower limit | Upper limit")
    columns = [Column(name.title, unit) for name in names]
    title = f"Agreement, {of_labels(findings.fractions[-1])}"
    return Table(title, [Column("Recipe"), *columns, Column("Slope", "truth on prediction")], rows)


def _blocks(study: Study[NumbersFolder], found: Agreement) -> Blocks:
    findings, told = study.findings, study.contents.told
    yield Words("calibrated")
    drawn = calibrated(found.curves, findings.looks, told)
    yield Figures("calibration", [("Calibration", "True against predicted numbers", drawn)])
    yield Words("agrees")
    drawn = differences(found.predictions, found.told, findings.looks, told)
    yield Figures("differences", [("Differences", "Predicted minus true numbers", drawn)])
    yield agreement_table(found, study)


def cautions(study: Study[NumbersFolder], _: Agreement) -> Cautions:
    """Recipes that are not shown to do better than the mean of the test part, in one sentence."""
    findings = study.recipes.findings
    at = findings.fractions[-1]
    every = {f"“{name}”": findings.estimate(name, at, R2.name) for name in findings.recipes}
    if few := [f"{name} (R² {in_words(r2, R2)})" for name, r2 in every.items() if r2.low <= 0]:
        yield warn("agreement", "no_better_than_the_mean", names=few, several=len(few) > 1)


def doubts_of_model(study: Study[NumbersFolder], _: Agreement) -> Iterator[str]:
    """That the model handed over is not shown to do better than the mean of the test part."""
    if study.model and (r2 := study.of_the_model(R2.name)).low <= 0:
        names = [f"It (R² {in_words(r2, R2)})"]
        yield say("agreement", "no_better_than_the_mean", names=names, several=False)


SECTION = Section("agreement", _find, _blocks, cautions, doubts_of_model)
