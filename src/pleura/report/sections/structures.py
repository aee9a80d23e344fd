"""Each structure by itself, case by case."""

import re
from collections.abc import Iterator

import pandas as pd

from pleura.report.doubts import FEW_OF_A_CLASS, FEW_PATIENTS
from pleura.report.figures.boxes import boxes
from pleura.report.findings import Findings
from pleura.report.measures import columns
from pleura.report.numbers import at_labels, capital, count, decimal, listing, of_labels
from pleura.report.section import Block, Caution, Drawn, Figures, Section, Words, always, folded
from pleura.report.segmentation import CasesFolder
from pleura.report.study import Judged, Study
from pleura.report.table import Cell, Table, estimate_cell, headings, recipe_cell

MISSED = 0.1  # mean Dice of a structure below which it counts as not found


def structure_table(judged: Judged, contents: CasesFolder, fraction: float) -> Table:
    """Every measure of each structure at one fraction."""
    findings, test = judged.findings, contents.test
    present = test[(test["reference_area"] > 0) & (test["fraction"] == fraction)]
    counts = present.groupby(["recipe", "structure"])["patient"].nunique()
    rows = [
        [
            recipe_cell(name, findings),
            Cell(of, f"in {count(counts.get((name, of), 0), 'patient')}"),
            *(
                estimate_cell(findings.estimate(name, fraction, key, of), metric)
                for key, metric in judged.measures.items()
            ),
        ]
        for name in findings.at(fraction)
        for of in findings.classes
    ]
    first = headings("Recipe | Structure / test patients who have it")
    return Table(
        f"Each structure, {of_labels(fraction)}", [*first, *columns(contents.unit).values()], rows
    )


def not_found(test: pd.DataFrame) -> list[Caution]:
    """Recipes that draw a structure almost nowhere, or elsewhere than it is."""
    test = test[test["fraction"] == test["fraction"].max()]
    found = []
    for recipe, mine in test.groupby("recipe", sort=False):
        dice = mine.groupby("structure")["dice"].mean()
        missed = [
            f"“{name}” (Dice {decimal(value)})" for name, value in dice[dice < MISSED].items()
        ]
        if missed:
            text = (
                f"“{recipe}” hardly finds {listing(missed)}: a small false-positive area of what "
                "is not drawn at all says nothing for it."
            )
            found.append(Caution(text))
    return found


def few_cases(contents: CasesFolder, findings: Findings) -> list[Caution]:
    """Where few patients test, or few who have a structure."""
    patients, found = findings.patients, []
    if patients < FEW_PATIENTS:
        text = (
            f"Only {count(patients, 'test patient')} (fewer than {FEW_PATIENTS}): a few of them "
            "decide the result, and the intervals are themselves uncertain."
        )
        found.append(Caution(text))
    present = contents.test[contents.test["reference_area"] > 0]
    having = present.groupby("structure")["patient"].nunique().reindex(contents.structures)
    rare = [
        f"“{name}” in {count(number, 'patient')}"
        for name, number in having.fillna(0).items()
        if number < min(FEW_OF_A_CLASS, patients)
    ]
    if rare:
        text = (
            f"Some structures are rare on test: {listing(rare)}. What is said of them by "
            "themselves hangs on these few."
        )
        found.append(Caution(text, serious=False))
    return found


def mirrored(contents: CasesFolder) -> list[Caution]:
    """Sides that augmentation swaps: it mirrors masks with their images, and names stay."""
    sided = [
        f"“{name}”"
        for name in contents.structures
        if {"left", "right"} & set(re.findall("[a-z]+", name.lower()))
    ]
    training = contents.study.get("training") or {}
    flip = (training.get("augmentation") or {}).get("flip") or 0
    augmented = contents.runs.loc[contents.runs["augmented"] == "true", "recipe"]
    names = [f"“{name}”" for name in dict.fromkeys(augmented)]
    if not (sided and flip and names):
        return []
    text = (
        f"{listing(names)} trained on mirrored images, too, although {listing(sided)} "
        f"{'is' if len(sided) == 1 else 'are'} named by side: in a mirror left is right, and the "
        "network is taught to confuse them. Set training.augmentation.flip to 0."
    )
    return [Caution(text)]


def distances(contents: CasesFolder) -> list[Caution]:
    """What distances are measured in, where that is not plain."""
    if contents.unit == "px":
        text = (
            "Distances are in pixels of the images as trained, since no spacing is known: images "
            "of another size or zoom give other numbers."
        )
    elif contents.unscaled:
        text = (
            f"Distances are in mm and leave {count(contents.unscaled, 'test image')} without a "
            "known spacing out."
        )
    else:
        return []
    return [Caution(text, serious=False)]


def _drawn(test: pd.DataFrame, findings: Findings) -> Iterator[Drawn]:
    for fraction in reversed(findings.fractions):
        where = at_labels(fraction)
        description = f"{findings.metric.label} of single images by structure, {where}"
        yield capital(where), description, boxes(test, findings, fraction)


def _blocks(study: Study[CasesFolder], _: bool) -> Iterator[Block]:
    contents, findings = study.contents, study.findings
    yield Words()
    yield Figures("boxes", _drawn(contents.test, findings), folded=True)
    if len(findings.classes) > 1:
        largest_first = reversed(findings.fractions)
        yield from folded(structure_table(study.judged, contents, each) for each in largest_first)


def _doubts(study: Study[CasesFolder], _: bool) -> list[Caution]:
    contents = study.recipes.contents
    return [*not_found(contents.test), *few_cases(contents, study.recipes.findings)]


def _of_model(study: Study[CasesFolder], _: bool) -> Iterator[str]:
    assert study.model
    return (caution.text for caution in not_found(study.model.contents.test))


SECTION = Section("structures", always, _blocks, _doubts, _of_model, warns=10)
