"""What makes any study doubtful, whatever its task: seeds, tuning, fits, starts, runs that lack."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from pleura.data.sources.places import name_of_table
from pleura.data.subgroups import UNKNOWN
from pleura.models.sources.seen import Told, seen_by
from pleura.report.findings import Findings
from pleura.report.folder import Folder, trainings
from pleura.report.more import in_words, twice_the_epochs
from pleura.report.numbers import Metric, at_labels, count, listing
from pleura.report.prose import tally
from pleura.report.section import Caution, Cautions, Section, doubt, warn
from pleura.report.study import Study
from pleura.report.study_file import images_grow
from pleura.tables import JUDGED, KEYS, VALIDATED
from pleura.wording import NO_PATIENTS, capital

FAR = 1.2  # the loss of training images as judged over that as trained, from which on it is said
AND_BY = 0.1  # nats, by which it is larger besides: near zero a ratio says nothing
# Of the way from the worst that the score can be to the best:
GAP = 0.1  # between training images as judged and validation
WELL = 0.8  # from which on training images count as told well
FEW_PATIENTS = 100
FEW_OF_A_CLASS = 20
_warn = partial(warn, "doubts")


def few_in_all(number: int) -> Iterator[Caution]:
    """Of so few patients of a whole page that intervals say less than they seem to."""
    if number < FEW_PATIENTS:
        yield Caution(
            f"{count(number, 'patient')}: with fewer than {FEW_PATIENTS} intervals are themselves "
            "uncertain.",
            serious=False,
        )


def fitting(runs: pd.DataFrame, by: Metric) -> Cautions:
    """Networks that see other images in training than when they are judged; whose loss on
    validation is above that of guessing; that have learned their training images by heart.

    Figures are those of the epoch whose weights were kept; the score is the metric `by` which
    validation chose it. A score without an end to its range tells nothing of the latter.
    """
    trained, judged = runs["train_loss"], runs[f"{JUDGED}loss"]
    if "teacher" in runs:  # as trained, the loss of a student is not of labels alone
        trained = trained.where(runs["teacher"].fillna("") == "")
    other_images = (judged > FAR * trained) & (judged > trained + AND_BY)
    above_guessing = runs[f"{VALIDATED}loss"] > runs["guessing_loss"]
    on_training, on_validation = (_share_of_range(runs, part, by) for part in (JUDGED, VALIDATED))
    by_heart = (on_training > WELL) & (on_training - on_validation > GAP) & ~other_images
    if names := of_recipes(runs, other_images):
        losses = {"judged": judged[other_images], "trained": trained[other_images]}
        medians: dict[str, Any] = {name: each.median() for name, each in losses.items()}
        yield _warn("other_images", names=names, **medians)
    if names := of_recipes(runs, above_guessing):
        yield _warn("above_guessing", serious=False, names=names)
    if names := of_recipes(runs, by_heart):
        yield _warn("by_heart", serious=False, names=names)


def _share_of_range(runs: pd.DataFrame, part: str, by: Metric) -> "pd.Series[float]":
    """How far the scores of a part lie from the worst that there can be (0) to the best (1)."""
    name = f"{part}{by.name}"
    share = (runs.reindex(columns=[name])[name] - by.transformation.low) / by.transformation.width
    return share if by.higher_is_better else 1 - share


def of_recipes(runs: pd.DataFrame, flagged: "pd.Series[bool]") -> list[str]:
    """`fine-tuning (3 of 6 runs)` for each recipe with a flagged run."""
    return tally(flagged, runs["recipe"], quote="{}")


def coupled_seeds(runs: pd.DataFrame) -> Cautions:
    """Searches for a depth in which seeds learn from what earlier ones chose."""
    if names := near_earlier(runs, "seed"):
        yield _warn("coupled_seeds", names=names)


def near_earlier(runs: pd.DataFrame, *several: str) -> list[str]:
    """Recipes that look for a depth near what searches of other seeds or fractions chose, where
    their runs differ in one of `several` columns."""
    near = runs[runs["search"].map(lambda search: "near" in search).astype(bool)]
    number = near.groupby("recipe")[list(several)].nunique().max(axis=1)
    return sorted(number.index[number > 1])


def part_of_the_data(data: Mapping[str, Any]) -> Cautions:
    """Where `patients` in the study's data section says how many are studied at most."""
    if most := data.get("patients"):
        yield replace(_warn("part_of_the_data", most=most), first=True)


def simulated_images(folder: Folder) -> Cautions:
    """Where pleura has made the study's own images."""
    if isinstance(simulated := folder.data.get("simulated"), Mapping):
        caution = _warn("simulated_images", kind=simulated.get("kind"))
        yield replace(caution, first=True)
    else:
        for note in folder.notes:
            if note.endswith(NO_PATIENTS) and not note.startswith("step "):
                yield _warn("some_simulated", note=capital(note))


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


def tuning(runs: pd.DataFrame, by: Metric, *, grown: bool = False) -> Cautions:
    """Grids that end too early, training that had not converged, with what more of it would bring
    in the metric `by` which validation chose (nothing where images have `grown` in training),
    unequal budgets."""
    at_edge = runs["rate_at_edge"].eq(True)
    if names := of_recipes(runs, at_edge):
        yield _warn("at_edge", serious=False, names=names, knobs=_knobs(runs[at_edge]))
    short = runs["converged"].eq(False)
    if names := of_recipes(runs, short):
        bring = [] if grown else _twice_as_long(runs, short, by)
        yield _warn("not_converged", serious=False, names=names, bring=bring, by=by)
    numbers = budgets(runs)
    if numbers == [1]:
        knobs = _knobs(runs[runs["kind"] == "recipe"])
        yield _warn("not_tuned", serious=False, knobs=knobs)
    if len(numbers) > 1:
        yield _warn("unequal_budgets", numbers=numbers)


def _tuning_of(study: Study[Folder]) -> Cautions:
    contents = study.recipes.contents
    return tuning(contents.runs, study.by, grown=images_grow(contents.study))


def _twice_as_long(runs: pd.DataFrame, short: "pd.Series[bool]", by: Metric) -> list[str]:
    """What twice the epochs would bring the recipes of which a training was too `short`, each at
    the largest fraction at which one was; nothing of those of which curves do not tell it."""
    bring = []
    for name, mine in runs[short].groupby("recipe", sort=False):
        here = (runs["recipe"] == name) & (runs["fraction"] == mine["fraction"].max())
        if words := in_words(twice_the_epochs(runs[here], by), by):
            bring.append(f"{name} {words}")
    return bring


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


def seen_before(folder: Folder) -> Cautions:
    """Published weights that may have learned from images that test here."""
    test, runs = folder.test, trainings(folder.runs)
    sources = [*test["source"].astype(str).unique()] if "source" in test else []
    sources = ["" if name == UNKNOWN else name for name in sources]
    table = folder.data.get("manifest")
    about = [name_of_table(Path(str(table))) if table else "", str(folder.data.get("source", ""))]
    told: dict[Told, list[str]] = {}
    for recipe, origin in zip(runs["recipe"], runs["provenance"], strict=True):
        if said := seen_by(origin, sources, about):
            told.setdefault(said, []).append(recipe)
    for said, recipes in told.items():
        of = [*dict.fromkeys(recipes)]
        yield _warn("seen_before", serious=said.serious, text=capital(said.text), names=of)


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
    doubt(lambda study: simulated_images(study.contents), warns=0, see="data"),
    doubt(lambda study: part_of_the_data(study.recipes.contents.data), warns=70, see="data"),
    doubt(lambda study: few_seeds(study.findings), warns=70, see="forest"),
    doubt(lambda study: coupled_seeds(study.recipes.contents.runs), warns=70, see="tuning"),
    doubt(lambda study: official_parts(study.recipes.contents), warns=70, see="data"),
    doubt(_tuning_of, warns=96, see="tuning"),
    doubt(lambda study: fitting(study.recipes.contents.runs, study.by), warns=95, see="learning"),
    doubt(
        lambda study: random_starts(study.recipes.contents.runs, study.findings.reference),
        warns=72,
        see="weights",
    ),
    doubt(
        lambda study: seen_before(study.recipes.contents),
        warns=15,
        see="weights",
    ),
    doubt(
        lambda study: missing_runs(trainings(study.recipes.contents.runs)), warns=72, see="results"
    ),
)
FEW_PATIENTS_OF_A_CLASS: Section[Folder, bool] = doubt(
    lambda study: few_patients(study.recipes.contents, study.recipes.findings), warns=65, see="data"
)
