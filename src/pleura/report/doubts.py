"""What makes any study doubtful, whatever its task: seeds, tuning, starts, runs that lack."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pleura.report.findings import Findings
from pleura.report.fitting import fitting, tally
from pleura.report.folder import Folder
from pleura.report.numbers import at_labels, count, listing, span
from pleura.report.section import Caution, Section, doubt
from pleura.report.study import Study
from pleura.tables import KEYS

FEW_PATIENTS = 100
FEW_OF_A_CLASS = 20


def part_of_the_data(study: Mapping[str, Any]) -> list[Caution]:
    """Where `data.patients` left patients out."""
    data = study.get("data")
    most = data.get("patients") if isinstance(data, Mapping) else None
    if not most:
        return []
    text = (
        f"Only a part of the patients was studied (data.patients: {most}), for a quick try: it "
        "shows that the study runs, not which recipe is better."
    )
    return [Caution(text)]


def simulated_images(study: Mapping[str, Any]) -> list[Caution]:
    """Where pleura has made the study's own images."""
    data = study.get("data")
    simulated = data.get("simulated") if isinstance(data, Mapping) else None
    if not isinstance(simulated, Mapping):
        return []
    text = (
        f"The images are simulated ({simulated.get('kind')}): they never stand in for patients, "
        "and the result tells of the simulation alone."
    )
    return [Caution(text)]


def few_seeds(findings: Findings) -> list[Caution]:
    """Where so few seeds were run that training variation is not known."""
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


def tuning(runs: pd.DataFrame) -> list[Caution]:
    """Grids that end too early, training that had not converged, unequal budgets."""
    found = []
    edge = tally(runs, runs["rate_at_edge"].eq(True))
    if edge:
        knobs = sorted(set(runs.loc[runs["rate_at_edge"].eq(True), "knob"]) - {""})
        found.append(
            Caution(
                f"The chosen {' or '.join(knobs) or 'learning rate'} lies at the edge of the grid "
                f"for {edge}: a better value may lie outside it.",
                serious=False,
            )
        )
    short = tally(runs, runs["converged"].eq(False))
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


def random_starts(runs: pd.DataFrame, reference: str) -> list[Caution]:
    """Recipes other than the reference that transfer nothing."""
    trained = runs[runs["kind"] == "recipe"]
    from_random = trained["weights"].str.lower().eq("random") | trained["provenance"].map(
        lambda origin: str(origin.get("name", "")).lower() == "random"
    )
    from_random &= ~trained["curriculum"].str.contains(">", regex=False)
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


def missing_runs(runs: pd.DataFrame) -> list[Caution]:
    """Recipes without a run on some fold, seed and fraction that others have."""
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


def few_patients(folder: Folder, findings: Findings) -> list[Caution]:
    """Where few patients test, or few of a class."""
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


def budgets(runs: pd.DataFrame) -> list[int]:
    """The different numbers of tuning trials that runs of recipes had, ascending."""
    return sorted({len(trials) for trials in runs.loc[runs["kind"] == "recipe", "trials"]})


def _of_tuning(study: Study[Folder]) -> list[Caution]:
    contents, findings = study.recipes.contents, study.findings
    found = [*part_of_the_data(contents.study), *few_seeds(findings)]
    return [*found, *tuning(contents.runs), *fitting(contents.runs)]


def _of_runs(study: Study[Folder]) -> list[Caution]:
    runs = study.recipes.contents.runs
    return [*random_starts(runs, study.findings.reference), *missing_runs(runs)]


DOUBTS: tuple[Section[Folder, bool], ...] = (
    doubt(lambda study: simulated_images(study.contents.study), warns=0),
    doubt(_of_tuning, warns=70),
    doubt(_of_runs, warns=72),
)
FEW_PATIENTS_OF_A_CLASS: Section[Folder, bool] = doubt(
    lambda study: few_patients(study.recipes.contents, study.recipes.findings), warns=65
)
