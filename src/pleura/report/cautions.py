"""What a reader must know before believing a result, in plain words."""

import math
from dataclasses import replace

from pleura.report.calibration import Probabilities, poor_probabilities
from pleura.report.clues import Clues, file_caution, frame_caution
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
from pleura.report.findings import Findings
from pleura.report.fitting import fitting
from pleura.report.folder import StudyFolder
from pleura.report.lungs import LungFindings, lung_cautions
from pleura.report.notes import data_warnings
from pleura.report.numbers import at_labels, count, listing
from pleura.report.pretraining import pretraining_cautions
from pleura.report.shortcuts import Shortcuts, warnings
from pleura.report.sources import source_caution
from pleura.report.verdict import signed

FEW_PATIENTS = 100
FEW_OF_A_CLASS = 20


def cautions(
    folder: StudyFolder,
    findings: Findings,
    shortcuts: Shortcuts,
    probabilities: Probabilities | None = None,
    clues: Clues | None = None,
    lungs: LungFindings | None = None,
) -> tuple[Caution, ...]:
    """All cautions due, serious ones first."""
    of_sources = source_caution(folder)
    # It names the classes: the plainer warning would say the same once more.
    shortcuts = replace(shortcuts, single=shortcuts.single and not of_sources)
    found = [
        *simulated_images(folder.study),
        *pretraining_cautions(folder.pretraining, folder.every_run),
        *(Caution(text) for text in (of_sources, frame_caution(clues, findings)) if text),
        *(Caution(*of_files) for of_files in (file_caution(clues, findings),) if of_files[0]),
        *(Caution(text, serious) for text, serious in warnings(shortcuts, findings)),
        *lung_cautions(lungs, findings),
        *_against_baselines(findings),
        *(Caution(text) for text in _of_use(probabilities, findings)),
        *_test_size(folder, findings),
        *part_of_the_data(folder.study),
        *few_seeds(findings),
        *tuning(folder.runs),
        *fitting(folder.runs),
        *unconverged(folder.earlier),
        *random_starts(folder.runs, findings.reference),
        *missing_runs(folder.runs),
        *(Caution(text, serious) for text, serious in data_warnings(folder)),
    ]
    return tuple(sorted(found, key=lambda caution: not caution.serious))


def _of_use(probabilities: Probabilities | None, findings: Findings) -> list[str]:
    return poor_probabilities(probabilities, findings) if probabilities else []


def _against_baselines(findings: Findings) -> list[Caution]:
    found = []
    for fraction in findings.fractions:
        best = findings.best_baseline(fraction)
        if best is None:
            continue
        where, bar = at_labels(fraction), f"{_value(findings, best, fraction)}"
        unshown = [
            recipe
            for recipe in findings.recipes
            if findings.has(recipe, fraction)
            and not findings.shown_better(findings.lead(recipe, fraction))
        ]
        above = [
            recipe
            for recipe in unshown
            if findings.merit(recipe, fraction) > findings.merit(best, fraction)
        ]
        below = [f"“{r}” ({_value(findings, r, fraction)})" for r in unshown if r not in above]
        if below:
            verb = "does" if len(below) == 1 else "do"
            text = (
                f"{listing(below)} {verb} no better than the pixel baseline “{best}” "
                f"({bar} {findings.metric.label}) on thumbnails, {where}."
            )
            found.append(Caution(text))
        if above:
            verb = "is" if len(above) == 1 else "are"
            leads = [f"“{recipe}”{_lead(findings, recipe, fraction)}" for recipe in above]
            text = (
                f"{listing(leads)} {verb} not shown to beat the pixel baseline “{best}” "
                f"({bar} {findings.metric.label}) {where}: the interval of the difference does "
                "not leave zero out."
            )
            found.append(Caution(text))
    return found


def _lead(findings: Findings, recipe: str, fraction: float) -> str:
    """` (.930, difference +.010, −.010 to .030)`; without the difference where none is known."""
    lead, value = findings.lead(recipe, fraction), _value(findings, recipe, fraction)
    if math.isnan(lead.value):
        return f" ({value})"
    difference = signed(findings, lead).replace(" (", ", ").rstrip(")")
    return f" ({value}, difference {difference})"


def _value(findings: Findings, recipe: str, fraction: float) -> str:
    return findings.metric.decimal(findings.primary(recipe, fraction).value)


def _test_size(folder: StudyFolder, findings: Findings) -> list[Caution]:
    counts = folder.counts
    few = []
    if findings.patients < FEW_PATIENTS:
        few.append(f"{count(findings.patients, 'test patient')} (fewer than {FEW_PATIENTS})")
    of_class = counts[(counts["part"] == "test") & counts["class"].isin(findings.classes)]
    rare = of_class[of_class["patients"] < FEW_OF_A_CLASS].nsmallest(1, "patients")
    fold = " in a fold" if counts["fold"].nunique() > 1 else ""
    for name, number in rare[["class", "patients"]].itertuples(index=False, name=None):
        patients = count(number, "test patient")
        few.append(f"{patients} with “{name}”{fold} (fewer than {FEW_OF_A_CLASS})")
    if not few:
        return []
    text = (
        f"Only {' and only '.join(few)}: a few of them decide the result, and the intervals are "
        "themselves uncertain."
    )
    return [Caution(text)]
