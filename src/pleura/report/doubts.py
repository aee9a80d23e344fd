"""What makes any study doubtful, whatever its task: seeds, tuning, starts, runs that lack."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from pleura.report.findings import Findings
from pleura.report.fitting import fitting, of_recipes
from pleura.report.folder import Folder, trainings
from pleura.report.numbers import at_labels, count, listing
from pleura.report.section import Cautions, Section, doubt, warn
from pleura.tables import KEYS

FEW_PATIENTS = 100
FEW_OF_A_CLASS = 20
_warn = partial(warn, "doubts")


def part_of_the_data(data: Mapping[str, Any]) -> Cautions:
    """Where `patients` in the study's data section left patients out."""
    if most := data.get("patients"):
        yield _warn("part_of_the_data", most=most)


def simulated_images(data: Mapping[str, Any]) -> Cautions:
    """Where pleura has made the study's own images."""
    if isinstance(simulated := data.get("simulated"), Mapping):
        yield _warn("simulated_images", kind=simulated.get("kind"))


def few_seeds(findings: Findings) -> Cautions:
    """Where so few seeds were run that training variation is not known."""
    seeds = findings.summary.groupby("fraction")["seeds"].max()
    for number in (1, 2):
        if these := [at_labels(each) for each in findings.fractions if seeds[each] == number]:
            where = f" {listing(these)}" if len(findings.fractions) > 1 else ""
            yield _warn("few_seeds", number=number, where=where)


def official_parts(folder: Folder) -> Cautions:
    """Where the manifest says who validates, so that seeds vary less than they do elsewhere."""
    if column := folder.validation_column:
        yield _warn("official_parts", serious=False, column=column)


def tuning(runs: pd.DataFrame) -> Cautions:
    """Grids that end too early, training that had not converged, unequal budgets."""
    at_edge = runs["rate_at_edge"].eq(True)
    if names := of_recipes(runs, at_edge):
        yield _warn("at_edge", serious=False, names=names, knobs=_knobs(runs[at_edge]))
    if names := of_recipes(runs, runs["converged"].eq(False)):
        yield _warn("not_converged", serious=False, names=names)
    numbers = budgets(runs)
    if numbers == [1]:
        knobs = _knobs(runs[runs["kind"] == "recipe"])
        yield _warn("not_tuned", serious=False, knobs=knobs)
    if len(numbers) > 1:
        yield _warn("unequal_budgets", numbers=numbers)


def budgets(runs: pd.DataFrame) -> list[int]:
    """The different numbers of tuning trials that runs of recipes had, ascending."""
    return sorted({len(trials) for trials in runs.loc[runs["kind"] == "recipe", "trials"]})


def _knobs(runs: pd.DataFrame) -> str:
    """What was tuned in these runs."""
    return " or ".join(sorted(set(runs["knob"]) - {""})) or "learning rate"


def random_starts(runs: pd.DataFrame, reference: str) -> Cautions:
    """Recipes other than the reference that transfer nothing."""
    trained = runs[(runs["kind"] == "recipe") & (runs["recipe"] != reference)]
    from_random = trained["weights"].str.lower().eq("random") | trained["provenance"].map(
        lambda origin: str(origin.get("name", "")).lower() == "random"
    )
    from_random &= ~trained["curriculum"].str.contains(">", regex=False)
    if names := [*trained.loc[from_random, "recipe"].unique()]:
        yield _warn("random_starts", serious=False, names=names)


def missing_runs(runs: pd.DataFrame) -> Cautions:
    """Recipes without a run on some fold, seed and fraction that others have."""
    done = runs[list(KEYS)].drop_duplicates()
    splits = len(done.drop(columns="recipe").drop_duplicates())
    counts = done.groupby("recipe", sort=False).size()
    if short := [f"{name} ({n} of {splits})" for name, n in counts.items() if n < splits]:
        yield _warn("missing_runs", short=short)


def few_patients(folder: Folder, findings: Findings) -> Cautions:
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
        yield _warn("few_patients", few=few)


DOUBTS: tuple[Section[Folder, bool], ...] = (
    doubt(lambda study: simulated_images(study.contents.data), warns=0),
    doubt(lambda study: part_of_the_data(study.recipes.contents.data), warns=70),
    doubt(lambda study: few_seeds(study.findings), warns=70),
    doubt(lambda study: official_parts(study.recipes.contents), warns=70),
    doubt(lambda study: tuning(study.recipes.contents.runs), warns=70),
    doubt(lambda study: fitting(study.recipes.contents.runs, study.by), warns=70),
    doubt(
        lambda study: random_starts(study.recipes.contents.runs, study.findings.reference),
        warns=72,
    ),
    doubt(lambda study: missing_runs(trainings(study.recipes.contents.runs)), warns=72),
)
FEW_PATIENTS_OF_A_CLASS: Section[Folder, bool] = doubt(
    lambda study: few_patients(study.recipes.contents, study.recipes.findings), warns=65
)
