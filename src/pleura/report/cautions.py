"""What a reader must know before believing a result, in plain words."""

from dataclasses import dataclass

import pandas as pd

from pleura.report.account import budgets
from pleura.report.findings import Findings
from pleura.report.folder import StudyFolder
from pleura.report.numbers import at_labels, capital, decimal, listing, span
from pleura.tables import KEYS

FEW_PATIENTS = 100


@dataclass(frozen=True)
class Caution:
    """A warning; `serious` ones touch the verdict itself, the others how far it reaches."""

    text: str
    serious: bool = True


def cautions(folder: StudyFolder, findings: Findings) -> tuple[Caution, ...]:
    """All cautions due, serious ones first."""
    found = [
        *_against_baselines(findings),
        *_test_size(folder, findings),
        *_seeds(findings),
        *_tuning(folder.runs),
        *_weights(folder.runs, findings.reference),
        *_missing_runs(folder.runs),
        *_data(folder),
    ]
    return tuple(sorted(found, key=lambda caution: not caution.serious))


def _against_baselines(findings: Findings) -> list[Caution]:
    found = []
    for fraction in findings.fractions if findings.baselines else ():
        best = max(findings.baselines, key=lambda name: findings.merit(name, fraction))
        bar = findings.merit(best, fraction)
        losers = [
            f"{name} ({_value(findings, name, fraction)})"
            for name in findings.recipes
            if findings.merit(name, fraction) <= bar
        ]
        if losers:
            verb = "has" if len(losers) == 1 else "have"
            found.append(
                Caution(
                    f"{listing(losers)} {verb} shown nothing {at_labels(fraction)}: "
                    f"the pixel baseline “{best}” reaches {_value(findings, best, fraction)} "
                    f"{findings.metric.label} on thumbnails, without any network."
                )
            )
    return found


def _value(findings: Findings, recipe: str, fraction: float) -> str:
    return decimal(findings.primary(recipe, fraction).value, bounded=findings.metric.bounded)


def _test_size(folder: StudyFolder, findings: Findings) -> list[Caution]:
    found = []
    if findings.patients < FEW_PATIENTS:
        found.append(
            Caution(
                f"Only {findings.patients} test patients (fewer than {FEW_PATIENTS}): a few of "
                "them decide the result, and the intervals are themselves uncertain."
            )
        )
    noted = any("own patient" in note for note in folder.notes)
    if folder.data.get("image_is_patient") and not noted:
        found.append(
            Caution(
                "Every image counts as its own patient: where several images show one person, "
                "intervals are too narrow and people may be on both sides of the split."
            )
        )
    return found


def _seeds(findings: Findings) -> list[Caution]:
    seeds = findings.summary.groupby("fraction")["seeds"].max()
    single = [at_labels(fraction) for fraction in findings.fractions if seeds[fraction] < 2]
    if not single:
        return []
    where = f" {listing(single)}" if len(findings.fractions) > 1 else ""
    return [
        Caution(
            f"One seed{where}: training variation is not in the interval. Another training of the "
            "same recipe may land outside it."
        )
    ]


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
        [f"{name} ({n} of {of} runs)" for name, n, of in counts[counts["sum"] > 0].itertuples()]
    )


def _weights(runs: pd.DataFrame, reference: str) -> list[Caution]:
    trained = runs[runs["kind"] == "recipe"]
    from_random = trained["weights"].str.lower().eq("random") | trained["provenance"].map(
        lambda origin: str(origin.get("name", "")).lower() == "random"
    )
    names = [n for n in dict.fromkeys(trained.loc[from_random, "recipe"]) if n != reference]
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


def _data(folder: StudyFolder) -> list[Caution]:
    fit, size = folder.data.get("fit"), folder.data.get("size")
    pixels = f" of {size} × {size} pixels" if isinstance(size, int) else ""
    found = []
    if fit == "crop" and not folder.notes:
        found.append(f"Images were cropped to the central square{pixels}: the margins are unseen.")
    elif fit == "pad":
        found.append(
            f"Images were padded with black bars to a square{pixels}: "
            "where sources differ in shape, the bars can give the source away."
        )
    return [Caution(_sentence(text), serious=False) for text in (*found, *folder.notes)]


def _sentence(text: str) -> str:
    return capital(text) if text.endswith((".", "!", "?")) else f"{capital(text)}."
