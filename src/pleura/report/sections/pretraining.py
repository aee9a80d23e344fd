"""What was learned without labels before the recipes, and in which order."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pleura.report.classification import ClassifierFolder
from pleura.report.figures.pretraining import LEAST_RANK, of_epochs, pretraining_curves, steps_of
from pleura.report.folder import TableFile
from pleura.report.numbers import MISSING, count, decimal, interval, listing, span
from pleura.report.section import Block, Caution, Figures, Section, Words
from pleura.report.study import Study
from pleura.report.table import (
    NOTHING_KNOWN,
    Cell,
    Table,
    decimal_cell,
    headings,
    table_of,
    time_cell,
)
from pleura.tables import (
    CURRICULUM_NUMBERS,
    CURRICULUM_TEXT,
    PRETRAINING_NUMBERS,
    PRETRAINING_TEXT,
    decode,
)

THEN = " > "  # between the links of a chain such as "imagenet > rotation > simclr"
FALL = 0.02  # of a loss, over the last quarter of the epochs
HEADINGS = headings(
    "Step / method | Images / that train | Epochs | Loss | Rank / effective | AUROC / of kNN | "
    "AUROC / of a probe | Training / a run"
)
TRIED = headings(
    "Recipe / run | Place | Step | Tried shortly / probe’s AUROC | Before it / probe’s AUROC | "
    "After it / probe’s AUROC | Gain | Kept"
)


def _read(path: Path) -> pd.DataFrame:
    table = TableFile(path.name, PRETRAINING_TEXT, PRETRAINING_NUMBERS).load(path.parent)
    decode(table, "history", "[]", path)
    return table


PRETRAINING = TableFile("pretraining.csv", PRETRAINING_TEXT, PRETRAINING_NUMBERS, _read)
CURRICULUM = TableFile("curriculum.csv", CURRICULUM_TEXT, CURRICULUM_NUMBERS)


def pretraining_table(pretraining: pd.DataFrame) -> Table | None:
    """A row a step, means over its runs; None where nothing was learned without labels."""
    rows, several = [], pretraining["backbone"].nunique() > 1
    for name, start, runs in steps_of(pretraining):
        first = runs.iloc[0]
        of = f" of {first['backbone']}" if several else ""
        few, many = runs["patients"].min(), runs["patients"].max()
        patients = count(few, "patient") if few == many else f"{span(few, many)} patients"
        seen = _saw_test(runs).any()
        lost = int(_collapsed(runs).sum())
        rank = _mean(runs["effective_rank"], 1, bounded=False, tone="bad" if lost else "")
        epochs, seconds = runs["epochs"], float(runs["seconds"].mean())
        rows.append(
            [
                Cell(name, f"{first['method']}{of}, after {start}"),
                Cell(
                    span(runs["images"].min(), runs["images"].max()),
                    f"{patients}, with test" if seen else patients,
                    order=float(runs["images"].mean()),
                    tone="bad" if seen else "",
                ),
                Cell(span(epochs.min(), epochs.max()), order=float(epochs.mean())),
                _mean(runs["loss"], 3, bounded=False),
                rank,
                _mean(runs["knn_auroc"], 3),
                _mean(runs["probe_auroc"], 3),
                time_cell(seconds, count(len(runs), "run")),
            ]
        )
    return table_of("Learned before the recipes, without labels", HEADINGS, rows)


def watched(pretraining: pd.DataFrame) -> list[str]:
    """What kNN and probes tell apart: `normal, tuberculosis of pairs.csv (rotation and SimCLR)`."""
    known = pretraining[pretraining["watched"] != ""]
    return [
        f"{classes} ({listing(list(dict.fromkeys(its['name'])))})"
        for classes, its in known.groupby("watched", sort=False)
    ]


def _mean(values: "pd.Series[float]", digits: int, *, bounded: bool = True, tone: str = "") -> Cell:
    known = values.dropna()
    if known.empty:
        return NOTHING_KNOWN
    mean = float(known.mean())
    several = interval(float(known.min()), float(known.max()), digits, bounded=bounded)
    detail = several if len(known) > 1 else ""
    return Cell(decimal(mean, digits, bounded=bounded), detail, order=mean, tone=tone)


def transductive(pretraining: pd.DataFrame, runs: pd.DataFrame) -> str:
    """Which steps saw test images, and which recipes come after; empty where none did.

    `runs`: its column `curriculum` holds each run's chain, empty where there is none.
    """
    seen = [
        (name, _recipes_after(runs, start, mine))
        for name, start, mine in steps_of(pretraining)
        if _saw_test(mine).any()
    ]
    if not seen:
        return ""
    steps = listing([f"“{name}”" for name in dict.fromkeys(name for name, _ in seen)])
    recipes = _named([recipe for _, after in seen for recipe in after])
    return (
        f"Transductive: test images were seen, without their labels, by {steps}, before {recipes}. "
        "What comes after is no estimate for new patients, so it is not ranked among recipes that "
        "have not seen them."
    )


def pretraining_cautions(pretraining: pd.DataFrame, runs: pd.DataFrame) -> list[Caution]:
    """Steps whose features collapsed, and those whose loss was still falling; `runs` as above."""
    collapsed, recipes = [], []
    for name, start, mine in steps_of(pretraining):
        lost = mine[_collapsed(mine)]
        if not lost.empty:
            ranks = f"effective rank {decimal(lost['effective_rank'].min(), 1, bounded=False)}"
            of = f"{len(lost)} of {count(len(mine), 'run')}, {ranks}"
            collapsed.append(f"“{name}” after {start} ({of})")
            recipes += _recipes_after(runs, start, mine)
    told = []
    if collapsed:
        text = f"Features collapsed in {listing(collapsed)}: images look alike to the network."
        if recipes:
            text += f" What {_named(recipes)} made of that says nothing of the method at its best."
        told.append(Caution(text))
    fell = pretraining["history"].map(_still_falling).astype(bool)
    falling = [
        f"“{name}” ({its.sum()} of {count(len(its), 'run')})"
        for name, its in fell.groupby(pretraining["name"], sort=False)
        if its.any()
    ]
    if falling:
        text = (
            "Without labels, the loss was still falling, by more than "
            f"{100 * FALL:.0f} % over the last quarter of the epochs, in {listing(falling)}: "
            "longer pretraining may give more."
        )
        told.append(Caution(text, serious=False))
    return told


def _saw_test(runs: pd.DataFrame) -> "pd.Series[bool]":
    return runs["transductive"].str.lower() == "true"


def _collapsed(runs: pd.DataFrame) -> "pd.Series[bool]":
    return runs["effective_rank"] < LEAST_RANK


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


def _named(recipes: list[str]) -> str:
    """`the recipes “a” and “b”`, each once; in words where there are none."""
    names = [f"“{recipe}”" for recipe in dict.fromkeys(recipes)]
    if not names:
        return "no recipe"
    return f"the {'recipe' if len(names) == 1 else 'recipes'} {listing(names)}"


def curriculum_table(tried: pd.DataFrame) -> Table | None:
    """A row a recipe, run and candidate step; None where no order was searched."""
    rows = []
    keys = ["recipe", "fold", "seed", "fraction"]
    for (recipe, fold, seed, fraction), run in tried.groupby(keys, sort=False):
        where = f"seed {seed:.0f}, fold {fold:.0f}, {100 * float(str(fraction)):.4g} % of labels"
        for _, step in run.sort_values("position", kind="stable").groupby("step", sort=False):
            short, full = (_only(step, how) for how in ("short", "full"))
            place = float(step["position"].max()) + 1
            gain = full["auroc"] - full["before"]
            kept = str(full["kept"]).lower()
            rows.append(
                [
                    Cell(str(recipe), where),
                    Cell(f"{place:.0f}", order=place),
                    Cell(str(step["step"].iloc[0])),
                    decimal_cell(short["auroc"]),
                    decimal_cell(full["before"]),
                    decimal_cell(full["auroc"]),
                    decimal_cell(gain, sign=True),
                    Cell({"true": "yes", "false": "no"}.get(kept, MISSING)),
                ]
            )
    return table_of("Candidate steps, as tried", TRIED, rows)


def _only(step: pd.DataFrame, how: str) -> Mapping[str, Any]:
    """The row of a candidate that was tried so; without numbers where there is none."""
    rows = step[step["tried"] == how]
    missing = {"auroc": np.nan, "before": np.nan, "kept": ""}
    return missing if rows.empty else dict(rows.iloc[0].astype(object))


def orders(runs: pd.DataFrame, tried: pd.DataFrame) -> tuple[str, ...]:
    """For each recipe with a searched order: `auto: random > rotation (3 of 3 runs)`."""
    told = []
    for recipe in dict.fromkeys(tried["recipe"]):
        chains = runs.loc[runs["recipe"] == recipe, "curriculum"].value_counts(sort=False)
        found = [
            f"{chain or 'nothing'} ({n} of {count(chains.sum(), 'run')})"
            for chain, n in chains.items()
        ]
        told.append(f"{recipe}: {'; '.join(found)}")
    return tuple(told)


def _blocks(study: Study[ClassifierFolder], pretraining: pd.DataFrame) -> Iterator[Block]:
    contents = study.recipes.contents
    table, tried = pretraining_table(pretraining), contents.table(CURRICULUM)
    if not table:
        return
    drawn = pretraining_curves(pretraining)
    yield Words()
    yield table
    yield Words("lines", watched=watched(pretraining), drawn=drawn)
    if drawn:
        description = "Pretraining without labels by epoch; last values in the table"
        yield Figures("pretraining", [("", description, drawn)])
    if order := curriculum_table(tried):
        yield Words("order", orders=orders(contents.runs, tried))
        yield order


def _doubts(study: Study[ClassifierFolder], pretraining: pd.DataFrame) -> list[Caution]:
    return pretraining_cautions(pretraining, study.recipes.contents.every_run)


SECTION = Section(
    "pretraining", lambda study: study.contents.table(PRETRAINING), _blocks, _doubts, warns=10
)
