"""What was learned without labels before the recipes, and in which order."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pleura.report import cells
from pleura.report.classification import ClassifierStudy
from pleura.report.figures.pretraining import LEAST_RANK, of_epochs, pretraining_curves, steps_of
from pleura.report.folder import TableFile
from pleura.report.numbers import METRICS, MISSING, Metric, count, counts, decimal, listing
from pleura.report.prose import say, tally
from pleura.report.section import Blocks, Cautions, Section, Words, unheaded, warn, worded
from pleura.report.table import Cell, Table, table_of
from pleura.tables import CURRICULUM_NUMBERS, CURRICULUM_TEXT, PRETRAINING_NUMBERS, PRETRAINING_TEXT

THEN = " > "  # between the links of a chain such as "imagenet > rotation > simclr"
FALL = 0.02  # of a loss, over the last quarter of the epochs
PRETRAINING = TableFile("pretraining.csv", PRETRAINING_TEXT, PRETRAINING_NUMBERS, ("history",))


def curriculum(by: Metric) -> TableFile:
    """What searches for an order have tried, with probes judged `by` a metric."""
    return TableFile("curriculum.csv", CURRICULUM_TEXT, (*CURRICULUM_NUMBERS, by.name))


def pretraining_table(pretraining: pd.DataFrame) -> Table | None:
    """A row a step, means over its runs; None where nothing was learned without labels."""
    several = pretraining["backbone"].nunique() > 1
    rows = []
    for name, start, runs in steps_of(pretraining):
        first = runs.iloc[0]
        of = f" of {first['backbone']}" if several else ""
        patients = counts(runs["patients"].min(), runs["patients"].max(), "patient")
        seen = _saw_test(runs)
        collapsed = "bad" if (runs["effective_rank"] < LEAST_RANK).any() else ""
        rows.append(
            [
                Cell(name, f"{first['method']}{of}, after {start}"),
                cells.span(runs["images"], patients + ", with test" * seen, "bad" * seen),
                cells.span(runs["epochs"]),
                cells.mean(runs["loss"], bounded=False),
                cells.mean(runs["effective_rank"], 1, bounded=False, tone=collapsed),
                cells.mean(runs["knn_auroc"]),
                cells.mean(runs["probe_auroc"]),
                cells.time(float(runs["seconds"].mean()), count(len(runs), "run")),
            ]
        )
    columns = (
        "Step / method | Images / that train | Epochs | Loss | Rank / effective | AUROC / of kNN"
        " | AUROC / of a probe | Training / a run"
    )
    return table_of("Learned before the recipes, without labels", rows, columns)


def watched(pretraining: pd.DataFrame) -> list[str]:
    """What kNN and probes tell apart: `normal, tuberculosis of pairs.csv (rotation and SimCLR)`."""
    labelled = pretraining[pretraining["watched"] != ""]
    return [
        f"{classes} ({listing(list(dict.fromkeys(steps['name'])))})"
        for classes, steps in labelled.groupby("watched", sort=False)
    ]


def transductive(pretraining: pd.DataFrame, runs: pd.DataFrame) -> str:
    """Which steps saw test images, and which recipes come after; empty where none did.

    `runs`: its column `curriculum` holds each run's chain, empty where there is none.
    """
    seen = [
        (name, _recipes_after(runs, start, step))
        for name, start, step in steps_of(pretraining)
        if _saw_test(step)
    ]
    steps = dict.fromkeys(name for name, _ in seen)
    recipes = dict.fromkeys(recipe for _, after in seen for recipe in after)
    return say("pretraining", "transductive", steps=steps, recipes=recipes)


def pretraining_cautions(study: ClassifierStudy, pretraining: pd.DataFrame) -> Cautions:
    """Steps whose features collapsed, and those whose loss was still falling."""
    runs = study.recipes.contents.every_run
    collapsed: list[str] = []
    recipes: list[str] = []
    for name, start, step in steps_of(pretraining):
        lost = step[step["effective_rank"] < LEAST_RANK]
        if not lost.empty:
            rank = decimal(lost["effective_rank"].min(), 1, bounded=False)
            of = f"{len(lost)} of {count(len(step), 'run')}, effective rank {rank}"
            collapsed.append(f"“{name}” after {start} ({of})")
            recipes += _recipes_after(runs, start, step)
    if collapsed:
        recipes = list(dict.fromkeys(recipes))
        yield warn("pretraining", "collapsed", collapsed=collapsed, recipes=recipes)
    fell = pretraining["history"].map(_still_falling).astype(bool)
    if falling := tally(fell, pretraining["name"]):
        yield warn("pretraining", "falling", falling=falling, fall=FALL, serious=False)


def _saw_test(runs: pd.DataFrame) -> bool:
    return bool((runs["transductive"].str.lower() == "true").any())


def _still_falling(history: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a straight line through the last quarter of the losses falls by more than `FALL`."""
    losses = np.array(of_epochs(history, "loss"))
    last = losses[-max(2, len(losses) // 4 + 1) :]
    if len(last) < 2 or not np.isfinite(last).all():
        return False
    slope, begin = np.polyfit(np.arange(len(last)), last, 1)
    return bool(-slope * (len(last) - 1) > FALL * abs(begin))


def _recipes_after(runs: pd.DataFrame, start: str, step: pd.DataFrame) -> list[str]:
    """Recipes of which some run goes on from the step."""
    chain = f"{start}{THEN}{step['name'].iloc[0]}{THEN}"
    after = (runs["curriculum"] + THEN).str.startswith(chain)
    after &= runs["backbone"] == step["backbone"].iloc[0]
    return list(runs.loc[after, "recipe"])


def curriculum_table(tried: pd.DataFrame, by: Metric = METRICS["auroc"]) -> Table | None:
    """A row a recipe, run and candidate step, of which probes are judged `by` a metric; None where
    no order was searched."""
    rows = []
    keys = ["recipe", "fold", "seed", "fraction"]
    runs = tried.assign(run=tried.groupby(keys, sort=False).ngroup())
    ordered = runs.sort_values(["run", "position"], kind="stable")
    for _, step in ordered.groupby(["run", "step"], sort=False):
        recipe, fold, seed, fraction, name = step[[*keys, "step"]].iloc[0]
        short, full = (_only(step, how, by) for how in ("short", "full"))
        place = float(step["position"].max()) + 1
        rows.append(
            [
                Cell(recipe, f"seed {seed:.0f}, fold {fold:.0f}, {100 * fraction:.4g} % of labels"),
                Cell(f"{place:.0f}", order=place),
                Cell(name),
                cells.decimal(short[by.name]),
                cells.decimal(full["before"]),
                cells.decimal(full[by.name]),
                cells.decimal(full[by.name] - full["before"], sign=True),
                Cell({"true": "yes", "false": "no"}.get(str(full["kept"]).lower(), MISSING)),
            ]
        )
    columns = (
        "Recipe / run | Place | Step",
        *(f"{when} / probe’s {by.label}" for when in ("Tried shortly", "Before it", "After it")),
    )
    return table_of("Candidate steps, as tried", rows, *columns, "Gain | Kept")


def _only(step: pd.DataFrame, how: str, by: Metric) -> Mapping[str, Any]:
    """The row of a candidate that was tried so; without numbers where there is none."""
    rows = step[step["tried"] == how]
    missing = {by.name: np.nan, "before": np.nan, "kept": ""}
    return missing if rows.empty else dict(rows.iloc[0].astype(object))


def orders(runs: pd.DataFrame, tried: pd.DataFrame) -> list[str]:
    """For each recipe with a searched order: `auto: random > rotation (3 of 3 runs)`."""
    sentences = []
    for recipe in tried["recipe"].unique():
        chains = runs.loc[runs["recipe"] == recipe, "curriculum"].value_counts(sort=False)
        every = count(chains.sum(), "run")
        ends = [f"{chain or 'nothing'} ({n} of {every})" for chain, n in chains.items()]
        sentences.append(f"{recipe}: {'; '.join(ends)}")
    return sentences


def _blocks(study: ClassifierStudy, pretraining: pd.DataFrame) -> Blocks:
    contents = study.recipes.contents
    table, tried = pretraining_table(pretraining), contents.table(curriculum(study.by))
    if not table:
        return
    drawn = pretraining_curves(pretraining)
    yield Words()
    yield table
    yield Words("lines", watched=watched(pretraining), drawn=drawn)
    description = "Pretraining without labels by epoch; last values in the table"
    yield unheaded("pretraining", description, drawn)
    order = curriculum_table(tried, study.by)
    yield from worded("order", order, orders=orders(contents.runs, tried))


SECTION = Section(
    "pretraining",
    lambda study: study.contents.table(PRETRAINING),
    _blocks,
    pretraining_cautions,
    warns=10,
)
