"""What was tuned, and how often the test part was looked at."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pleura.report.doubts import budgets
from pleura.report.findings import Findings
from pleura.report.folder import Folder, of_training
from pleura.report.model import of_its_training
from pleura.report.numbers import METRICS, MISSING, Metric, count, listing, span
from pleura.report.section import Block, Section, Words, always
from pleura.report.study import Study
from pleura.report.table import NOTHING_KNOWN, Cell, Table, headings, recipe_cell, time_cell
from pleura.wording import how_often

HEADINGS = headings(
    "Recipe | Trials / a run | Values tried | Chosen / runs | At the edge / runs | Epochs / a run"
    " | Converged / runs | Tuning / a run"
)


def tuning_table(runs: pd.DataFrame, findings: Findings) -> Table:
    """The tuning budget of each recipe, what was chosen, and whether training converged."""
    groups = {name: runs[runs["recipe"] == name] for name in findings.looks}
    rows = [
        [recipe_cell(name, findings), *_tuned(mine)]
        for name, mine in groups.items()
        if not mine.empty
    ]
    return Table("Tuning on the validation part", HEADINGS, rows)


def _tuned(runs: pd.DataFrame) -> list[Cell]:
    tried = sorted({float(trial["rate"]) for trials in runs["trials"] for trial in trials})
    tuned = runs[runs["trials"].map(len) > 1]
    chosen = tuned.apply(_choice, axis=1).value_counts().sort_index()
    knob = next((knob for knob in runs["knob"] if knob), "")
    # Only a head that a solver fits to frozen features has no history of epochs.
    trained = runs["history"].map(len).any()
    return [
        _range(runs["trials"].map(len)),
        Cell(", ".join(f"{rate:g}" for rate in tried) or MISSING, knob),
        Cell(", ".join(f"{choice} ({n})" for choice, n in chosen.items()) or MISSING),
        _share(tuned["rate_at_edge"], bad=True),
        _range(runs["epochs"].dropna(), "" if trained else "iterations of a solver"),
        _share(runs["converged"], bad=False),
        time_cell(float(runs["tuning_seconds"].mean())),
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
    """`2 of 6`, marked where a flag that should not be `bad` is."""
    known = [flag for flag in flags if flag is not None]
    if not known:
        return NOTHING_KNOWN
    share = float(np.mean(known))
    wrong = share > 0 if bad else share < 1
    return Cell(f"{sum(known)} of {len(known)}", order=share, tone="bad" if wrong else "")


def strategies_of(trials: Sequence[Mapping[str, Any]]) -> set[str]:
    """The strategies among the trials of a run: several where a depth or a head was searched."""
    return {str(trial.get("strategy", "")) for trial in trials}


def budget_sentence(runs: pd.DataFrame) -> str:
    """Whether every recipe was given the same number of tuning trials."""
    numbers = budgets(runs)
    if len(numbers) == 1:
        return f"Every recipe had the same budget: {count(numbers[0], 'trial')} a run."
    told = f"Budgets differ: {span(numbers[0], numbers[-1])} trials a run." if numbers else ""
    several = runs["trials"].map(lambda trials: len(strategies_of(trials)) > 1).astype(bool)
    deep = runs["strategy"].str.contains("truncation")
    if searched := sorted(set(runs.loc[several & deep, "recipe"])):
        told += (
            f" {listing(searched)}: the values at the depth whose probe was best, then the best of "
            "them at each depth that came next."
        )
    if headed := sorted(set(runs.loc[several & ~deep, "recipe"])):
        told += f" {listing(headed)}: each head at each value."
    return told


def tuned_on(runs: pd.DataFrame, metric: Metric, by: Metric = METRICS["auroc"]) -> str:
    """That tuning went `by` a metric, and that this is not the primary one where it is not; or that
    nothing was tuned."""
    tuned = set(runs.loc[runs["trials"].map(len) > 1, "kind"])
    if not tuned:
        return "Nothing was tuned: one value was tried."
    whose, untuned = "Values", ""
    if "recipe" not in tuned:
        whose, untuned = "Values of the baselines", "No recipe was tuned: one value was tried. "
    other = "" if metric.name == by.name else f", although the primary metric is {metric.label}"
    return f"{untuned}{whose} were chosen by {_called(by)} on the validation part{other}."


def _called(metric: Metric) -> str:
    return f"macro {metric.label}" if metric.macro else metric.label


def evaluation_sentences(runs: pd.DataFrame, ever: int | None = None) -> list[str]:
    """How often each split's test part was evaluated; with `ever`, the number of evaluations that
    the folder has seen, how many of them are not for the results shown."""
    if ever is not None and ever >= len(runs):
        return [
            f"The test part has been evaluated {how_often(ever)} in this folder: "
            f"{len(runs)} for the results shown, {ever - len(runs) or 'none'} for earlier settings."
        ]
    sentences = []
    folds = sorted(runs["fold"].dropna().unique())
    for fold in folds:
        here = runs[runs["fold"] == fold]
        where = f" of fold {fold:.0f}" if len(folds) > 1 else ""
        said = f"The test part{where} was evaluated {how_often(len(here))}"
        sentences.append(
            f"{said}, by the only run." if len(here) == 1 else f"{said}: {_runs(here)}"
        )
    return sentences


def _runs(runs: pd.DataFrame) -> str:
    recipes, seeds = runs["recipe"].nunique(), runs["seed"].nunique()
    what = "the only recipe" if recipes == 1 else f"{recipes} recipes and baselines"
    return (
        f"once for each run of {what}, over {count(runs['fraction'].nunique(), 'fraction')} and "
        f"{'up to ' if seeds > 1 else ''}{count(seeds, 'seed')}."
    )


def _blocks(study: Study[Folder], _: bool) -> Iterator[Block]:
    contents = study.recipes.contents
    yield Words(
        budget=budget_sentence(contents.runs),
        tuned_on=tuned_on(contents.runs, study.findings.metric, study.by),
        evaluations=evaluation_sentences(contents.every_run, contents.evaluations),
    )
    yield tuning_table(study.contents.runs, study.findings)


def _of_model(study: Study[Folder], _: bool) -> list[str]:
    contents = study.contents
    run = of_training(contents.runs, contents.best) if study.model else contents.runs[:0]
    return of_its_training(run, study.by)


SECTION = Section("tuning", always, _blocks, of_model=_of_model, warns=70)
