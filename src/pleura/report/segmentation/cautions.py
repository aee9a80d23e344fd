"""What a reader must know before believing a segmentation's result, in plain words."""

import re

import pandas as pd

from pleura.report.cautions import FEW_OF_A_CLASS, FEW_PATIENTS
from pleura.report.doubts import (
    Caution,
    few_seeds,
    missing_runs,
    part_of_the_data,
    random_starts,
    simulated_images,
    tuning,
)
from pleura.report.earlier import unconverged
from pleura.report.fitting import fitting
from pleura.report.notes import data_warnings
from pleura.report.numbers import count, decimal, listing
from pleura.report.segmentation.folder import CasesFolder
from pleura.report.segmentation.judged import Judged

MISSED = 0.1  # mean Dice of a structure below which it counts as not found


def cautions(contents: CasesFolder, judged: Judged) -> tuple[Caution, ...]:
    """All cautions due, serious ones first."""
    findings = judged.findings
    found = [
        *simulated_images(contents.study),
        *part_of_the_data(contents.study),
        *not_found(contents.test),
        *_test_size(contents, judged),
        *few_seeds(findings),
        *tuning(contents.runs),
        *fitting(contents.runs),
        *unconverged(contents.earlier),
        *random_starts(contents.runs, findings.reference),
        *missing_runs(contents.runs),
        *_mirrored(contents),
        *_distances(contents),
        *(Caution(text, serious) for text, serious in data_warnings(contents)),
    ]
    return tuple(sorted(found, key=lambda caution: not caution.serious))


def _test_size(contents: CasesFolder, judged: Judged) -> list[Caution]:
    few = []
    patients = judged.findings.patients
    if patients < FEW_PATIENTS:
        few.append(f"{count(patients, 'test patient')} (fewer than {FEW_PATIENTS})")
    present = contents.test[contents.test["reference_area"] > 0]
    having = present.groupby("structure")["patient"].nunique().reindex(contents.structures)
    rare = [
        f"“{name}” in {count(number, 'patient')}"
        for name, number in having.fillna(0).items()
        if number < min(FEW_OF_A_CLASS, patients)
    ]
    found = []
    if few:
        text = (
            f"Only {few[0]}: a few of them decide the result, and the intervals are themselves "
            "uncertain."
        )
        found.append(Caution(text))
    if rare:
        text = (
            f"Some structures are rare on test: {listing(rare)}. What is said of them by "
            "themselves hangs on these few."
        )
        found.append(Caution(text, serious=False))
    return found


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


def _mirrored(contents: CasesFolder) -> list[Caution]:
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


def _distances(contents: CasesFolder) -> list[Caution]:
    if contents.unit == "px":
        text = (
            "Distances are in pixels of the images as trained, since no spacing is known: images "
            "of another size or zoom give other numbers."
        )
        return [Caution(text, serious=False)]
    if contents.unscaled:
        text = (
            f"Distances are in mm and leave {count(contents.unscaled, 'test image')} without a "
            "known spacing out."
        )
        return [Caution(text, serious=False)]
    return []
