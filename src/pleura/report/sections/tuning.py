"""What was tuned, and how often the test part was looked at."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pleura.report import cells
from pleura.report.doubts import budgets, near_earlier
from pleura.report.findings import Findings
from pleura.report.folder import Folder, behind, trainings
from pleura.report.model import of_its_training
from pleura.report.numbers import METRICS, MISSING, Metric, span
from pleura.report.prose import say, sentences
from pleura.report.section import Blocks, Section, Words, always
from pleura.report.study import Study
from pleura.report.study_file import chosen_for
from pleura.report.table import NOTHING_KNOWN, Cell, Table
from pleura.train.few_labels import used_by_recipes, used_by_steps


def tuning_table(runs: pd.DataFrame, findings: Findings) -> Table:
    """The tuning budget of each recipe, what was chosen, and whether training converged."""
    rows = [
        [cells.recipe(name, findings), *_tuned(mine)] for name, mine in findings.by_recipe(runs)
    ]
    columns = (
        "Recipe | Trials / a run | Values tried | Chosen / runs | At the edge / runs",
        "Epochs / a run | Converged / runs | Tuning / a run",
    )
    return Table.of("Tuning on the validation part", rows, *columns)


def _tuned(runs: pd.DataFrame) -> list[Cell]:
    numbers = runs["trials"].map(len)
    tried = sorted({float(trial["rate"]) for trials in runs["trials"] for trial in trials})
    tuned = runs[numbers > 1]
    chosen = tuned.apply(_choice, axis=1).value_counts().sort_index()
    knob = next((knob for knob in runs["knob"] if knob), "")
    # Only a head that a solver fits to frozen features has no history of epochs.
    trained = runs["history"].map(len).any()
    return [
        _range(numbers),
        Cell(", ".join(f"{rate:g}" for rate in tried) or MISSING, knob),
        Cell(", ".join(f"{choice} ({n})" for choice, n in chosen.items()) or MISSING),
        _share(tuned["rate_at_edge"], bad=True),
        _range(runs["epochs"].dropna(), "" if trained else "iterations of a solver"),
        _share(runs["converged"], bad=False),
        cells.time(float(runs["tuning_seconds"].mean())),
    ]


def _choice(run: pd.Series) -> str:
    """The value that was chosen, with the depth or the head where several were tried."""
    if len(strategies_of(run["trials"])) < 2:
        return f"{run['rate']:g}"
    strategy = json.loads(run["strategy"])
    where = f" at {strategy['truncation']['at']}" if "truncation" in strategy else ""
    return f"{run['rate']:g}{where or ', head ' + strategy['head']}"


def _range(numbers: pd.Series, detail: str = "") -> Cell:
    if numbers.empty:
        return NOTHING_KNOWN
    return Cell(span(numbers.min(), numbers.max()), detail, order=float(numbers.max()))


def _share(flags: pd.Series, *, bad: bool) -> Cell:
    """`2 of 6`, marked where a flag is `bad`."""
    given = [flag for flag in flags if flag is not None]
    if not given:
        return NOTHING_KNOWN
    text = f"{sum(given)} of {len(given)}"
    return Cell(text, order=float(np.mean(given)), tone="bad" * (bad in given))


def strategies_of(trials: Sequence[Mapping[str, Any]]) -> set[str]:
    """The strategies among the trials of a run: several where a depth or a head was searched."""
    return {str(trial.get("strategy", "")) for trial in trials}


def budget_sentence(runs: pd.DataFrame) -> str:
    """Whether every recipe was given the same number of tuning trials."""
    several = runs["trials"].map(lambda trials: len(strategies_of(trials)) > 1).astype(bool)
    deep = runs["strategy"].str.contains("truncation")
    # A trial that says how many epochs it made was given up then.
    short = runs["trials"].map(lambda trials: any("epochs" in trial for trial in trials))
    halving = runs["search"].map(lambda search: search.get("by") == "halving")
    short, halving = short.astype(bool), (halving | short).astype(bool)
    halved = set(runs.loc[short, "recipe"])
    return say(
        "tuning",
        "budget",
        budgets=budgets(runs),
        searched=sorted(set(runs.loc[several & deep & ~halving, "recipe"])),
        halved=sorted(halved),
        whole=sorted(set(runs.loc[halving, "recipe"]) - halved),
        near=near_earlier(runs, "seed", "fraction"),
        headed=sorted(set(runs.loc[several & ~deep, "recipe"])),
    )


def tuned_on(runs: pd.DataFrame, metric: Metric, by: Metric = METRICS["auroc"]) -> str:
    """That tuning went `by` a metric, and that this is not the primary one where it is not; or that
    nothing was tuned."""
    kinds = set(runs.loc[runs["trials"].map(len) > 1, "kind"])
    return say("tuning", "tuned_on", kinds=kinds, metric=metric, by=by)


def evaluation_sentences(runs: pd.DataFrame, ever: int | None = None) -> list[str]:
    """How often each split's test part was evaluated; with `ever`, the number of evaluations that
    the folder has seen, how many of them are not for the results shown."""
    several = runs["fold"].nunique() > 1
    folds = [(f" of fold {fold:.0f}" * several, mine) for fold, mine in runs.groupby("fold")]
    return sentences("tuning", "evaluations", folds=folds, ever=ever, shown=len(runs))


def _blocks(study: Study[Folder], _: bool) -> Blocks:
    contents = study.recipes.contents
    yield Words(
        budget=budget_sentence(contents.runs),
        chosen=chosen_for(contents.budget, contents.study),
        tuned_on=tuned_on(contents.runs, study.findings.metric, study.by),
        evaluations=evaluation_sentences(contents.every_run, contents.evaluations),
        besides=[each.told for each in used_by_recipes(contents.study)],
        of_steps={
            name: [each.words for each in used]
            for name, used in used_by_steps(contents.study).items()
        },
    )
    yield tuning_table(trainings(study.contents.runs), study.findings)


def _of_model(study: Study[Folder], _: bool) -> list[str]:
    contents = study.contents
    runs = behind(contents.runs, contents.best) if study.model else contents.runs[:0]
    return of_its_training(runs, study.by)


SECTION = Section("tuning", always, _blocks, of_model=_of_model, warns=70)
