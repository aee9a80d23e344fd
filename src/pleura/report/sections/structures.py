"""Each structure by itself, case by case."""

import re
from collections.abc import Iterator

import pandas as pd

from pleura.report import cells
from pleura.report.doubts import FEW_OF_A_CLASS, FEW_PATIENTS
from pleura.report.figures.boxes import boxes
from pleura.report.measures import columns
from pleura.report.numbers import count, decimal, of_labels
from pleura.report.section import (
    Blocks,
    Cautions,
    Section,
    Words,
    always,
    doubt,
    figures_by_fraction,
    folded,
    warn,
)
from pleura.report.segmentation import CasesFolder, CasesStudy
from pleura.report.study import Judged
from pleura.report.table import Cell, Table

MISSED = 0.1  # mean Dice of a structure below which it counts as not found


def structure_table(judged: Judged, contents: CasesFolder, fraction: float) -> Table:
    """Every measure of each structure at one fraction."""
    findings, test = judged.findings, contents.test
    present = test[(test["reference_area"] > 0) & (test["fraction"] == fraction)]
    counts = present.groupby(["recipe", "structure"])["patient"].nunique()
    rows = [
        [
            cells.recipe(name, findings),
            Cell(of, f"in {count(counts.get((name, of), 0), 'patient')}"),
            *(
                cells.estimate(findings.estimate(name, fraction, key, of), metric)
                for key, metric in judged.measures.items()
            ),
        ]
        for name in findings.at(fraction)
        for of in findings.classes
    ]
    title, first = f"Each structure, {of_labels(fraction)}", "Structure / test patients who have it"
    return Table.of(title, rows, "Recipe", first, *columns(contents.unit).values())


def not_found(test: pd.DataFrame) -> Cautions:
    """Recipes that draw a structure almost nowhere, or elsewhere than it is."""
    test = test[test["fraction"] == test["fraction"].max()]
    for recipe, mine in test.groupby("recipe", sort=False):
        dice = mine.groupby("structure")["dice"].mean()
        missed = [f"“{of}” (Dice {decimal(value)})" for of, value in dice[dice < MISSED].items()]
        if missed:
            yield warn("structures", "not_found", recipe=recipe, missed=missed)


def _of_names_and_units(study: CasesStudy) -> Cautions:
    """Sides that augmentation swaps: it mirrors masks with their images, and names stay. And what
    distances are measured in, where that is not plain."""
    contents, every = study.recipes.contents, study.contents
    sided = [
        name
        for name in contents.structures
        if {"left", "right"} & set(re.findall("[a-z]+", name.lower()))
    ]
    training = contents.study.get("training") or {}
    flip = (training.get("augmentation") or {}).get("flip") or 0
    recipes = contents.runs.loc[contents.runs["augmented"] == "true", "recipe"].unique()
    if sided and flip and len(recipes):
        yield warn("structures", "mirrored", recipes=recipes, sided=sided)
    if every.unit == "px" or every.unscaled:
        units = {"pixels": every.unit == "px", "unscaled": every.unscaled}
        yield warn("structures", "distances", serious=False, **units)


def _blocks(study: CasesStudy, _: bool) -> Blocks:
    contents, findings = study.contents, study.findings
    yield Words()
    yield figures_by_fraction(
        "boxes",
        f"{findings.metric.label} of single images by structure",
        reversed(findings.fractions),
        lambda fraction: boxes(contents.test, findings, fraction),
        folded=True,
    )
    if len(findings.classes) > 1:
        largest_first = reversed(findings.fractions)
        yield from folded(structure_table(study.judged, contents, each) for each in largest_first)


def _cautions(study: CasesStudy, _: bool) -> Cautions:
    """What is hardly found, and where few patients test, or few who have a structure."""
    contents, patients = study.recipes.contents, study.recipes.findings.patients
    yield from not_found(contents.test)
    if patients < FEW_PATIENTS:
        yield warn("structures", "few_patients", number=patients, few=FEW_PATIENTS)
    present = contents.test[contents.test["reference_area"] > 0]
    having = present.groupby("structure")["patient"].nunique().reindex(contents.structures)
    rare = [
        f"“{name}” in {count(number, 'patient')}"
        for name, number in having.fillna(0).items()
        if number < min(FEW_OF_A_CLASS, patients)
    ]
    if rare:
        yield warn("structures", "rare", rare=rare, serious=False)


def _of_model(study: CasesStudy, _: bool) -> Iterator[str]:
    assert study.model
    return (caution.text for caution in not_found(study.model.contents.test))


SIDES_AND_DISTANCES: Section[CasesFolder, bool] = doubt(
    _of_names_and_units, warns=80, see="structures"
)
SECTION = Section("structures", always, _blocks, _cautions, _of_model, warns=10)
