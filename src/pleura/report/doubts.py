"""What makes any study doubtful, whatever its task: seeds, tuning, starts, runs that lack."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from pleura.report.findings import Findings
from pleura.report.fitting import fitting, tally
from pleura.report.folder import Folder
from pleura.report.numbers import at_labels, count, listing, span
from pleura.report.section import Caution, Section, doubt
from pleura.tables import KEYS

FEW_PATIENTS = 100
FEW_OF_A_CLASS = 20
FEW_SEEDS = {
    1: "One seed{where}: training variation is not in the interval. Another training of the same "
    "recipe may land outside it.",
    2: "Two seeds{where}: they tell little about training variation. Where trainings differ much, "
    "intervals are too narrow, and p falls below .05 between equal recipes in 8 to 12 % of "
    "simulated studies instead of 5 %.",
}


def part_of_the_data(data: Mapping[str, Any]) -> Iterator[Caution]:
    """Where `patients` in the study's data section left patients out."""
    if most := data.get("patients"):
        yield Caution(
            f"Only a part of the patients was studied (data.patients: {most}), for a quick try: it "
            "shows that the study runs, not which recipe is better."
        )


def simulated_images(data: Mapping[str, Any]) -> Iterator[Caution]:
    """Where pleura has made the study's own images."""
    if isinstance(simulated := data.get("simulated"), Mapping):
        yield Caution(
            f"The images are simulated ({simulated.get('kind')}): they never stand in for "
            "patients, and the result tells of the simulation alone."
        )


def few_seeds(findings: Findings) -> Iterator[Caution]:
    """Where so few seeds were run that training variation is not known."""
    seeds = findings.summary.groupby("fraction")["seeds"].max()
    for number, text in FEW_SEEDS.items():
        if these := [at_labels(each) for each in findings.fractions if seeds[each] == number]:
            where = f" {listing(these)}" if len(findings.fractions) > 1 else ""
            yield Caution(text.format(where=where))


def tuning(runs: pd.DataFrame) -> Iterator[Caution]:
    """Grids that end too early, training that had not converged, unequal budgets."""
    at_edge = runs["rate_at_edge"].eq(True)
    if names := tally(runs, at_edge):
        yield Caution(
            f"The chosen {_knobs(runs[at_edge])} lies at the edge of the grid for {names}: a "
            "better value may lie outside it.",
            serious=False,
        )
    if names := tally(runs, runs["converged"].eq(False)):
        text = f"Training had not converged for {names}: more epochs may change the result."
        yield Caution(text, serious=False)
    numbers = budgets(runs)
    if numbers == [1]:
        yield Caution(
            f"No recipe was tuned: one value of {_knobs(runs[runs['kind'] == 'recipe'])} was "
            "tried, and another may change the result.",
            serious=False,
        )
    if len(numbers) > 1:
        yield Caution(
            f"Recipes were not tuned equally: {span(numbers[0], numbers[-1])} trials a run. More "
            "trials alone can win."
        )


def budgets(runs: pd.DataFrame) -> list[int]:
    """The different numbers of tuning trials that runs of recipes had, ascending."""
    return sorted({len(trials) for trials in runs.loc[runs["kind"] == "recipe", "trials"]})


def _knobs(runs: pd.DataFrame) -> str:
    """What was tuned in these runs."""
    return " or ".join(sorted(set(runs["knob"]) - {""})) or "learning rate"


def random_starts(runs: pd.DataFrame, reference: str) -> Iterator[Caution]:
    """Recipes other than the reference that transfer nothing."""
    trained = runs[(runs["kind"] == "recipe") & (runs["recipe"] != reference)]
    from_random = trained["weights"].str.lower().eq("random") | trained["provenance"].map(
        lambda origin: str(origin.get("name", "")).lower() == "random"
    )
    from_random &= ~trained["curriculum"].str.contains(">", regex=False)
    if names := [f"“{name}”" for name in trained.loc[from_random, "recipe"].unique()]:
        yield Caution(
            f"{listing(names)} {'starts' if len(names) == 1 else 'start'} from random weights: "
            "nothing is carried over from other images, and the result says nothing about "
            "transfer.",
            serious=False,
        )


def missing_runs(runs: pd.DataFrame) -> Iterator[Caution]:
    """Recipes without a run on some fold, seed and fraction that others have."""
    done = runs[list(KEYS)].drop_duplicates()
    splits = len(done.drop(columns="recipe").drop_duplicates())
    counts = done.groupby("recipe", sort=False).size()
    if short := [f"{name} ({n} of {splits})" for name, n in counts.items() if n < splits]:
        yield Caution(
            f"Not all runs are there: {listing(short)}. Means over seeds are over what there is."
        )


def few_patients(folder: Folder, findings: Findings) -> Iterator[Caution]:
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
    if few:
        yield Caution(
            f"Only {' and only '.join(few)}: a few of them decide the result, and the intervals "
            "are themselves uncertain."
        )


DOUBTS: tuple[Section[Folder, bool], ...] = (
    doubt(lambda study: simulated_images(study.contents.data), warns=0),
    doubt(lambda study: part_of_the_data(study.recipes.contents.data), warns=70),
    doubt(lambda study: few_seeds(study.findings), warns=70),
    doubt(lambda study: tuning(study.recipes.contents.runs), warns=70),
    doubt(lambda study: fitting(study.recipes.contents.runs, study.by), warns=70),
    doubt(
        lambda study: random_starts(study.recipes.contents.runs, study.findings.reference),
        warns=72,
    ),
    doubt(lambda study: missing_runs(study.recipes.contents.runs), warns=72),
)
FEW_PATIENTS_OF_A_CLASS: Section[Folder, bool] = doubt(
    lambda study: few_patients(study.recipes.contents, study.recipes.findings), warns=65
)
