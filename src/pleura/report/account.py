"""The tables that account for the study: data, origins, tuning, test evaluations, machine."""

import json
from collections.abc import Mapping, Sequence
from pathlib import PureWindowsPath
from typing import Any

import numpy as np
import pandas as pd

from pleura.report.finished import Finished
from pleura.report.looks import Look
from pleura.report.numbers import (
    METRICS,
    MISSING,
    Metric,
    count,
    duration,
    listing,
    of_labels,
    span,
)
from pleura.report.table import Cell, Column, Table, pairs, recipe_cell
from pleura.wording import how_often

# What a setting of the data says only where it was changed.
UNCHANGED = {"image_is_patient": False, "same_image": "refuse", "same_name": "refuse"}
PARTS = ("train", "validation", "test")


def data_table(counts: pd.DataFrame, classes: tuple[str, ...]) -> Table:
    """Patients and images by part and class. Where folds and seeds differ, their range is given;
    the test part is shown once where it is the same at every fraction."""
    ranges = counts.groupby(["fraction", "part", "class"])[["patients", "images"]].agg(
        ["min", "max"]
    )
    found = counts[["fraction", "part"]].drop_duplicates().itertuples(index=False, name=None)
    keys = sorted(found, key=lambda key: (key[0], PARTS.index(key[1])))
    tests = [key for key in keys if key[1] == "test"]
    same = all(ranges.loc[key].equals(ranges.loc[tests[0]]) for key in tests)
    if same:
        keys = [key for key in keys if key[1] != "test"] + tests[:1]
    columns = [Column("Class", number=False)] + [
        Column(part, "every fraction" if same and part == "test" else of_labels(fraction))
        for fraction, part in keys
    ]
    rows = [
        [Cell(name if name != "all" else "All classes")]
        + [_counted(ranges, (fraction, part, name)) for fraction, part in keys]
        for name in (*classes, "all")
        if name in set(counts["class"])
    ]
    return Table("Patients, and images under them, by part and class", columns, rows)


def _counted(ranges: pd.DataFrame, key: tuple[float, str, str]) -> Cell:
    if key not in ranges.index:
        return Cell(MISSING, order=float("nan"))
    patients_low, patients_high, images_low, images_high = (
        float(n) for n in ranges.loc[[key]].to_numpy()[0]
    )
    noun = "image" if images_low == images_high == 1 else "images"
    images = f"{span(images_low, images_high)} {noun}"
    return Cell(span(patients_low, patients_high), images, order=patients_high)


def settings_table(data: Mapping[str, object]) -> Table:
    """What the study file says about the data; of the manifest's path only the file's name, since
    a folder says nothing on another machine."""
    shown = dict(data)
    if isinstance(manifest := shown.get("manifest"), str):
        shown["manifest"] = PureWindowsPath(manifest).name or manifest
    values = {
        key: _words(value)
        for key, value in shown.items()
        if value not in (None, "", {}, []) and UNCHANGED.get(key) != value
    }
    return pairs("The data", values, ("Setting", "Value"))


def in_words(spelled: str) -> str:
    """A name with its options, as the tables spell it, in words: `{"truncation": {"at": "b3"}}`
    is `truncation (at: b3)`; a name without any stays as it is."""
    if not spelled.startswith("{"):
        return spelled
    told = []
    for name, options in json.loads(spelled).items():
        if isinstance(options, Mapping):
            told.append(f"{name} ({', '.join(f'{k}: {_words(v)}' for k, v in options.items())})")
        else:
            told.append(name if options is None else f"{name}: {_words(options)}")
    return ", ".join(told)


def _words(value: object) -> str:
    """`source: Kermany*, Mooney*; view: PA` for a mapping, `a, b` for a list, `yes` for true."""
    match value:
        case Mapping():
            given = {key: each for key, each in value.items() if each not in (None, [], {})}
            return "; ".join(f"{key}: {_words(each)}" for key, each in given.items()) or "given"
        case list():
            return ", ".join(map(_words, value))
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def origin_table(
    runs: pd.DataFrame,
    looks: Mapping[str, Look],
    reference: str,
    called: tuple[str, str] = ("Strategy", "Backbone"),
) -> Table:
    """Where each recipe's weights come from, and under which licence; strategy and backbone are
    `called` what they are in the study."""
    columns = [
        Column(title, number=False)
        for title in ("Recipe", *called, "Weights", "Source", "Licence", "Note")
    ]
    rows = []
    for name, look in looks.items():
        mine = runs[(runs["recipe"] == name) & runs["kind"].isin(["recipe", "delivered"])]
        if mine.empty:
            continue
        first = mine.iloc[0]
        origin = first["provenance"]
        digest = str(origin.get("sha256") or "")
        rows.append(
            [
                recipe_cell(name, look, reference),
                Cell(in_words(first["strategy"]) or MISSING),
                Cell(in_words(first["backbone"]) or str(origin.get("architecture") or MISSING)),
                Cell(
                    str(origin.get("name") or first["weights"] or MISSING),
                    f"sha256 {digest[:12]}" if digest else "",
                ),
                *(Cell(str(origin.get(key) or MISSING)) for key in ("source", "licence", "note")),
            ]
        )
    return Table("Weights", columns, rows)


def tuning_table(runs: pd.DataFrame, looks: Mapping[str, Look], reference: str) -> Table:
    """The tuning budget of each recipe, what was chosen, and whether training converged."""
    columns = [
        Column("Recipe", number=False),
        Column("Trials", "a run"),
        Column("Values tried", number=False),
        Column("Chosen", "runs", number=False),
        Column("At the edge", "runs"),
        Column("Epochs", "a run"),
        Column("Converged", "runs"),
        Column("Tuning", "a run"),
    ]
    groups = {name: runs[runs["recipe"] == name] for name in looks}
    rows = [
        _tuned(recipe_cell(name, looks[name], reference), mine)
        for name, mine in groups.items()
        if not mine.empty
    ]
    return Table("Tuning on the validation part", columns, rows)


def _tuned(name: Cell, runs: pd.DataFrame) -> list[Cell]:
    tried = sorted({float(trial["rate"]) for trials in runs["trials"] for trial in trials})
    tuned = runs[runs["trials"].map(len) > 1]
    chosen = tuned.apply(_choice, axis=1).value_counts().sort_index()
    knob = next((knob for knob in runs["knob"] if knob), "")
    seconds = float(runs["tuning_seconds"].mean())
    return [
        name,
        _range(runs["trials"].map(len)),
        Cell(", ".join(f"{rate:g}" for rate in tried) or MISSING, knob),
        Cell(", ".join(f"{choice} ({n})" for choice, n in chosen.items()) or MISSING),
        _share(tuned["rate_at_edge"], bad=True),
        _epochs(runs),
        _share(runs["converged"], bad=False),
        Cell(duration(seconds), order=seconds),
    ]


def _choice(run: pd.Series) -> str:
    """The value that was chosen, with the depth or the head where several were tried."""
    if len(strategies_of(run["trials"])) < 2:
        return f"{run['rate']:g}"
    strategy = json.loads(run["strategy"])
    where = f" at {strategy['truncation']['at']}" if "truncation" in strategy else ""
    return f"{run['rate']:g}{where or ', head ' + strategy['head']}"


def _epochs(runs: pd.DataFrame) -> Cell:
    # Only a head that a solver fits to frozen features has no history of epochs.
    trained = runs["history"].map(len).any()
    return _range(runs["epochs"].dropna(), "" if trained else "iterations of a solver")


def _range(numbers: pd.Series, detail: str = "") -> Cell:
    if numbers.empty:
        return Cell(MISSING, order=float("nan"))
    return Cell(span(numbers.min(), numbers.max()), detail, order=float(numbers.max()))


def _share(flags: pd.Series, *, bad: bool) -> Cell:
    """`2 of 6`, marked where a flag that should not be `bad` is."""
    known = [flag for flag in flags if flag is not None]
    if not known:
        return Cell(MISSING, order=float("nan"))
    share = float(np.mean(known))
    wrong = share > 0 if bad else share < 1
    return Cell(f"{sum(known)} of {len(known)}", order=share, tone="bad" if wrong else "")


def budgets(runs: pd.DataFrame) -> list[int]:
    """The different numbers of tuning trials that runs of recipes had, ascending."""
    return sorted({len(trials) for trials in runs.loc[runs["kind"] == "recipe", "trials"]})


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


def machine_table(folder: Finished) -> Table:
    """Versions and machine, and what the runs say of precision and devices."""
    values = dict(folder.environment)
    for column in ("device", "precision"):
        seen = sorted(set(folder.runs[column]) - {""})
        if seen:
            values.setdefault(column, ", ".join(seen))
    return pairs("Versions and machine", values, ("Item", "Value"))
