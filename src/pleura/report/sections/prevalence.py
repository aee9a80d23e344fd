"""Predictive values and net benefit at another prevalence."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pleura.evaluate.calibration import Calibrations
from pleura.evaluate.decision import TARGETS
from pleura.evaluate.prevalence import at_prevalence, curves_at_prevalence
from pleura.report import cells
from pleura.report.classification import ClassifierStudy
from pleura.report.figures.probabilities import decision_elsewhere
from pleura.report.findings import Estimates, Findings, estimates
from pleura.report.numbers import capital, listing, percent
from pleura.report.section import Blocks, Section, Words, tables, unheaded
from pleura.report.sections.probabilities.calibrated import find_calibrated, uncalibrated
from pleura.report.table import Cell, Table, table_of

RATES = ("sensitivity", "specificity", "ppv", "npv")


@dataclass(frozen=True)
class AtPrevalence:
    """`values` by (recipe, target, class, measure) at the shares `given`; `curves` as
    `curves_at_prevalence` makes them; `undefined`, how many rates hang on single patients;
    `left_out`, who is not calibrated."""

    given: Mapping[str, float]
    values: Estimates
    curves: pd.DataFrame
    undefined: int
    left_out: list[str]


def find_at_prevalence(study: ClassifierStudy) -> AtPrevalence | None:
    """Evaluate the recipes that the section on probabilities draws; None where the study gives no
    prevalence, or nothing was calibrated."""
    given = study.contents.study.get("prevalence")
    calibrated = study.evaluate(find_calibrated) if given else None
    if calibrated is None or given is None:
        return None
    findings = study.findings
    shares = given if isinstance(given, Mapping) else dict.fromkeys(findings.classes, float(given))
    shares = {str(name): float(share) for name, share in shares.items()}
    every = calibrated.calibrations
    drawn = Calibrations({name: every.recipes[name] for name in calibrated.drawn}, every.classes)
    table = at_prevalence(drawn, shares, level=findings.level)
    rates = table[table["measure"] == "sensitivity"]
    return AtPrevalence(
        shares,
        estimates(table, "recipe", "target", "class", "measure"),
        curves_at_prevalence(drawn, shares, level=findings.level),
        int((rates["undefined"] > 0).sum()),
        uncalibrated(study, calibrated),
    )


def value_table(elsewhere: AtPrevalence, findings: Findings, target: float) -> Table | None:
    """Rates and predictive values at the threshold for a sensitivity chosen on validation."""
    keys = dict.fromkeys((recipe, of) for recipe, at, of, _ in elsewhere.values if at == target)
    rows = [
        [
            cells.recipe(recipe, findings),
            Cell(of, percent(elsewhere.values[recipe, target, of, "share"].value)),
            *(cells.estimate(elsewhere.values[recipe, target, of, measure]) for measure in RATES),
        ]
        for recipe, of in keys
    ]
    title = f"At the threshold for a sensitivity of {percent(target)} on validation"
    of = f"{capital(findings.noun.one)} / share there"
    return table_of(title, rows, f"Recipe | {of} | Sensitivity | Specificity | PPV | NPV")


def _wanted(study: ClassifierStudy) -> set[str | None]:
    """Who is shown, as far as calibrated, besides baselines."""
    recipes, model = study.recipes.findings, study.model
    best = recipes.best_recipe(recipes.fractions[-1])
    return {recipes.reference, best, model.name if model else ""}


def _blocks(study: ClassifierStudy, elsewhere: AtPrevalence) -> Blocks:
    findings = study.findings
    given = listing([f"{percent(share)} for “{of}”" for of, share in elsewhere.given.items()])
    yield Words(given=given, undefined=elsewhere.undefined)
    wanted = _wanted(study)
    if left_out := [name for name in elsewhere.left_out if name in wanted]:
        yield Words("left_out", names=left_out)
    yield from tables(value_table(elsewhere, findings, target) for target in TARGETS)
    yield Words("curves")
    of = listing([f"{percent(share)} {name}" for name, share in elsewhere.given.items()])
    description = f"Decision curves: net benefit against threshold probability at {of}"
    yield unheaded("prevalence", description, *decision_elsewhere(elsewhere.curves, findings))


SECTION = Section("prevalence", find_at_prevalence, _blocks)
