"""How far class and source follow from clues that are no disease, and from each other.

A source is a hospital, device or collection: the manifest's column `source`.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.intervals import summarise

CLASS, SOURCE = "class", "source"  # what is to be told; the source is a clue to the class, too
OUTER, WHOLE = "outer 15 % of the image", "whole image"
SIZE, GRAY = "size and aspect", "mean gray"
FILE = "size, aspect and mean gray"
SPREAD, BACKGROUND = "spread of gray", "image without the lungs"
FORMAT, QUALITY, BITS = "file format", "JPEG quality", "bits of a pixel"
WINDOW = "window of the file"  # by which an image's own file shows it
SYNTAX = "DICOM transfer syntax"
EMPTY = "empty cells"
COLUMNS = ["clue", "target", "class", "value", "low", "high", "patients", "images"]


def by_clue(clues: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """AUROC of every clue for each target, with the intervals of `summarise`.

    `clues`: a table of predictions whose recipes are clues, with a column `target` more; a target's
    own `logit_` columns are filled in its rows only. Columns: clue, target, class (or source, or
    "macro"), value, low, high, and the patients and images of the test part. Raises InputError (see
    `read_runs`).
    """
    tables = [pd.DataFrame(columns=COLUMNS)]
    for target, rows in clues.groupby("target", sort=True):
        told = rows.dropna(axis="columns", how="all")
        summary = summarise(told, level=level, metrics=[AUROC]).assign(target=target)
        tables.append(summary.rename(columns={"recipe": "clue"})[COLUMNS])
    return pd.concat(tables[1:] or tables, ignore_index=True)


def count_sources(images: pd.DataFrame) -> pd.DataFrame:
    """Columns source, class, patients, images, of a manifest's table; source "" is unknown."""
    by = images.groupby(["source", "label"])["patient"]
    counts = by.agg(patients="nunique", images="size").reset_index()
    return counts.rename(columns={"label": "class"})


def of_one_source(counts: pd.DataFrame, classes: Sequence[str]) -> dict[str, str]:
    """The `classes` all of whose images come from one source, each with that source.

    counts: see `count_sources`. Empty where all images come from one source. Of a class with an
    image of unknown source nothing is said.
    """
    held = counts.groupby("class")["source"].agg(set)
    if counts.loc[counts["source"] != "", "source"].nunique() < 2:
        return {}
    return {
        name: next(iter(held[name]))
        for name in classes
        if len(held.get(name, ())) == 1 and "" not in held[name]
    }


def without_common_source(counts: pd.DataFrame, classes: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs of `classes` that no source holds both of, in their order.

    counts: see `count_sources`. Empty where fewer than two sources are known; a class with an image
    of unknown source is in no pair, since that source may hold the other class, too.
    """
    held = {str(name): set(of) for name, of in counts.groupby("class")["source"]}
    if counts.loc[counts["source"] != "", "source"].nunique() < 2:
        return []
    clear = [name for name in classes if held.get(name) and "" not in held[name]]
    return [(i, j) for i, j in combinations(clear, 2) if not held[i] & held[j]]


def cramers_v(counts: pd.DataFrame) -> float:
    """Cramer's V between source and class over patients, without its bias (Bergsma 2013).

    0: the source tells nothing of the class; 1: one follows from the other. nan where either has
    one value. A patient counts once in every source and class that he or she has. counts: see
    `count_sources`; an unknown source does not count.
    """
    from scipy.stats import chi2_contingency  # half a second, which a plan saves

    counts = counts[counts["source"] != ""]
    crossed = counts.pivot_table("patients", "source", "class", aggfunc="sum", fill_value=0)
    table = crossed.to_numpy()
    if min(table.shape, default=0) < 2:
        return float("nan")
    n, (rows, columns) = table.sum(), table.shape
    spread = chi2_contingency(table, correction=False).statistic / n
    spread = max(0.0, spread - (rows - 1) * (columns - 1) / (n - 1))
    fewer = min(size - (size - 1) ** 2 / (n - 1) for size in (rows, columns))
    return float(np.sqrt(spread / (fewer - 1)))
