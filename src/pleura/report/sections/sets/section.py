"""The section on prediction sets and abstention: its tables and figures."""

from itertools import product

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pleura.evaluate.abstention import ALL, AREA, GRID, SUREST, SUREST_SHARE, curve
from pleura.evaluate.prediction_sets import needed
from pleura.evaluate.set_coverage import COVERED, EMPTY, EXPECTED, FULL, SINGLE, SIZE
from pleura.report import cells
from pleura.report.classification import ClassifierStudy
from pleura.report.figures import canvas
from pleura.report.findings import Findings
from pleura.report.numbers import METRICS, capital, listing, percent, whole_percent
from pleura.report.prose import EVERY
from pleura.report.section import Blocks, Section, Words, unheaded
from pleura.report.sections.sets.coverage import (
    JudgedSets,
    doubts_of_model,
    find_sets,
    warnings,
    without,
)
from pleura.report.table import NOTHING_KNOWN, Cell, Table

ABOVE_ONE = METRICS["log_loss"]  # numbers that can exceed 1 are written as this one is
DRAWN = "Error among the images answered against their share, the surest first"


def coverage_table(sets: JudgedSets, findings: Findings) -> Table:
    """How often an answer is in the set where it is right, by recipe and answer."""
    rows, least = [], needed(sets.coverage)
    for recipe, (at, number, question, answer, called) in product(sets.rules, sets.answers()):
        patients = pd.Series(sets.patients(recipe, at, number), dtype=float)
        if patients.min() >= least:  # every training has a threshold
            measured, expected = (
                sets.values[recipe, question, answer, its] for its in (COVERED, EXPECTED)
            )
            tone = "bad" if measured.high < expected.low else ""
            both = [
                cells.estimate(measured, line=expected.low, tone=tone),
                cells.estimate(expected),
            ]
        else:
            both = [Cell("no set", f"needs {least}"), NOTHING_KNOWN]
        rows.append([cells.recipe(recipe, findings), Cell(called), cells.span(patients), *both])
    return Table.of(
        f"How often the set holds the truth on test; promised: {percent(sets.coverage)}",
        rows,
        f"Recipe | {capital(findings.noun.one)} | Patients / kept for sets | Covered / on test",
        "Expected / of so many patients",
    )


def size_table(sets: JudgedSets, findings: Findings) -> Table:
    """How many answers sets have, by recipe and question."""
    answers = len(sets.names[1])
    rows = []
    for recipe, question in product(sets.rules, sets.names[0]):
        covered, size, *shares = (
            sets.values[recipe, question, "", measure]
            for measure in (COVERED, SIZE, SINGLE, EMPTY, FULL)
        )
        mean = cells.estimate(size, ABOVE_ONE)
        rest = [cells.estimate(covered), mean, *map(cells.estimate, shares)]
        rows.append([cells.recipe(recipe, findings), *_named(question), *rest])
    columns = f"Covered | Answers / mean, of {answers} | One answer | No answer | All answers"
    return Table.of("Sets on test", rows, "Recipe", *_heading(findings), columns)


def error_table(sets: JudgedSets, findings: Findings) -> Table:
    """The error where all, and where the surest images are answered, and over all such shares."""
    rows = [
        [
            cells.recipe(recipe, findings),
            *_named(question),
            *(cells.estimate(sets.errors[recipe, question, its]) for its in (ALL, SUREST, AREA)),
        ]
        for recipe, question in product(sets.rules, sets.names[0])
    ]
    surest = whole_percent(SUREST_SHARE)
    columns = f"Error / all answered | Error / the surest {surest} | Area / under the curve"
    title = "Error on test where a model may abstain"
    return Table.of(title, rows, "Recipe", *_heading(findings), columns)


def risk_curves(sets: JudgedSets, findings: Findings) -> list[Figure]:
    """The error among the images that a model is surest of, against the share that it answers: a
    panel of all classes, or one a finding; means over seeds and folds."""
    looks = {name: findings.looks[name] for name in sets.drawn}

    def draw(axes: Axes, question: str) -> None:
        at = sets.names[0].index(question)
        for recipe, look in looks.items():
            errors = curve(sets.calibrations.recipes[recipe], at)
            axes.plot(GRID, errors, **look.style(markers=False), linewidth=1.4)
        axes.set(xlim=(0, 1), ylim=(0, None))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(1))

    labels = ("Images answered", "Error among them")
    return canvas.square_panels(sets.names[0], draw, canvas.handles(looks, markers=False), labels)


def _named(question: str) -> list[Cell]:
    """The cell of a finding; none of classes, which are one question."""
    return [Cell(question)] if question else []


def _heading(findings: Findings) -> list[str]:
    return [] if findings.noun.single else [capital(findings.noun.one)]


def _blocks(study: ClassifierStudy, sets: JudgedSets) -> Blocks:
    of = sets, study.findings
    few = without(sets, next(iter(sets.rules)))
    yield Words(
        promised=percent(sets.coverage), needed=needed(sets.coverage), few=listing(few, EVERY)
    )
    yield coverage_table(*of)
    yield size_table(*of)
    yield Words("abstention")
    yield unheaded("abstention", DRAWN, *risk_curves(*of))
    yield error_table(*of)


SECTION = Section("sets", find_sets, _blocks, warnings, doubts_of_model, warns=62)
