"""What a reader must know before believing a result, in plain words."""

import math
from dataclasses import dataclass, replace

import pandas as pd

from pleura.report.account import budgets
from pleura.report.calibration import Probabilities, poor_probabilities
from pleura.report.clues import Clues, frame_caution, source_caution
from pleura.report.findings import Findings
from pleura.report.folder import StudyFolder
from pleura.report.notes import data_warnings
from pleura.report.numbers import at_labels, count, decimal, listing, span
from pleura.report.shortcuts import Shortcuts, warnings
from pleura.report.verdict import signed
from pleura.tables import KEYS

FEW_PATIENTS = 100
FEW_OF_A_CLASS = 20


@dataclass(frozen=True)
class Caution:
    """A warning; `serious` ones touch the verdict itself, the others how far it reaches."""

    text: str
    serious: bool = True


def cautions(
    folder: StudyFolder,
    findings: Findings,
    shortcuts: Shortcuts,
    probabilities: Probabilities | None = None,
    clues: Clues | None = None,
) -> tuple[Caution, ...]:
    """All cautions due, serious ones first."""
    of_sources = source_caution(folder)
    # It names the classes: the plainer warning would say the same once more.
    shortcuts = replace(shortcuts, single=shortcuts.single and not of_sources)
    found = [
        *(Caution(text) for text in (of_sources, frame_caution(clues, findings)) if text),
        *(Caution(text, serious) for text, serious in warnings(shortcuts, findings)),
        *_against_baselines(findings),
        *(Caution(text) for text in _of_use(probabilities, findings)),
        *_test_size(folder, findings),
        *_seeds(findings),
        *_tuning(folder.runs),
        *_weights(folder.runs, findings.reference),
        *_missing_runs(folder.runs),
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
    """` (.93, difference +.01, −.01 to .03)`; without the difference where none is known."""
    lead, value = findings.lead(recipe, fraction), _value(findings, recipe, fraction)
    if math.isnan(lead.value):
        return f" ({value})"
    difference = signed(findings, lead).replace(" (", ", ").rstrip(")")
    return f" ({value}, difference {difference})"


def _value(findings: Findings, recipe: str, fraction: float) -> str:
    return decimal(findings.primary(recipe, fraction).value, bounded=findings.metric.bounded)


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


def _seeds(findings: Findings) -> list[Caution]:
    seeds = findings.summary.groupby("fraction")["seeds"].max()
    found = []
    for number, title, text in (
        (
            1,
            "One seed",
            "training variation is not in the interval. Another training of the same recipe may "
            "land outside it.",
        ),
        (
            2,
            "Two seeds",
            "they tell little about training variation. Where trainings differ much, intervals "
            "are too narrow, and p falls below .05 between equal recipes in 8 to 12 % of "
            "simulated studies instead of 5 %.",
        ),
    ):
        these = [
            at_labels(fraction) for fraction in findings.fractions if seeds[fraction] == number
        ]
        where = f" {listing(these)}" if len(findings.fractions) > 1 else ""
        if these:
            found.append(Caution(f"{title}{where}: {text}"))
    return found


def _tuning(runs: pd.DataFrame) -> list[Caution]:
    found = []
    edge = _tally(runs, runs["rate_at_edge"].eq(True))
    if edge:
        knobs = sorted(set(runs.loc[runs["rate_at_edge"].eq(True), "knob"]) - {""})
        found.append(
            Caution(
                f"The chosen {' or '.join(knobs) or 'learning rate'} lies at the edge of the grid "
                f"for {edge}: a better value may lie outside it.",
                serious=False,
            )
        )
    short = _tally(runs, runs["converged"].eq(False))
    if short:
        found.append(
            Caution(
                f"Training had not converged for {short}: more epochs may change the result.",
                serious=False,
            )
        )
    numbers = budgets(runs)
    if numbers == [1]:
        knobs = sorted(set(runs.loc[runs["kind"] == "recipe", "knob"]) - {""})
        found.append(
            Caution(
                f"No recipe was tuned: one value of {' or '.join(knobs) or 'learning rate'} was "
                "tried, and another may change the result.",
                serious=False,
            )
        )
    if len(numbers) > 1:
        found.append(
            Caution(
                "Recipes were not tuned equally: "
                f"{span(numbers[0], numbers[-1])} trials a run. More trials alone can win."
            )
        )
    return found


def _tally(runs: pd.DataFrame, flagged: pd.Series) -> str:
    """`fine-tuning (3 of 6 runs) and probe (1 of 6 runs)`."""
    counts = flagged.groupby(runs["recipe"], sort=False).agg(["sum", "size"])
    return listing(
        [
            f"{name} ({n} of {count(of, 'run')})"
            for name, n, of in counts[counts["sum"] > 0].itertuples()
        ]
    )


def _weights(runs: pd.DataFrame, reference: str) -> list[Caution]:
    trained = runs[runs["kind"] == "recipe"]
    from_random = trained["weights"].str.lower().eq("random") | trained["provenance"].map(
        lambda origin: str(origin.get("name", "")).lower() == "random"
    )
    started = dict.fromkeys(trained.loc[from_random, "recipe"])
    names = [f"“{name}”" for name in started if name != reference]
    if not names:
        return []
    verb = "starts" if len(names) == 1 else "start"
    return [
        Caution(
            f"{listing(names)} {verb} from random weights: nothing is carried over from other "
            "images, and the result says nothing about transfer.",
            serious=False,
        )
    ]


def _missing_runs(runs: pd.DataFrame) -> list[Caution]:
    done = runs[list(KEYS)].drop_duplicates()
    splits = done[["fold", "seed", "fraction"]].drop_duplicates()
    counts = done.groupby("recipe", sort=False).size()
    short = [f"{name} ({n} of {len(splits)})" for name, n in counts.items() if n < len(splits)]
    if not short:
        return []
    return [
        Caution(
            f"Not all runs are there: {listing(short)}. Means over seeds are over what there is."
        )
    ]
