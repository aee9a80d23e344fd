"""What the recipes that both studies have cost in each, as the studies measured it."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pleura.compare.studies import Finished, Pair
from pleura.tables import SIDE_BY_SIDE

MEASURES = ("parameters", "macs", "latency_ms", "tuning_seconds")
COLUMNS = ["recipe", "fraction", "measure", "first", "second"]
MACHINE = ("system", "processor cores", "threads", "device", SIDE_BY_SIDE)  # of environment.json


def costs_of(pair: Pair) -> pd.DataFrame:
    """A row for each recipe, fraction and measure that both studies know: the means over the runs
    of each. `parameters` and `macs` (multiply-accumulate operations an image) are counts,
    `latency_ms` is of one image, `tuning_seconds` of all trials of a run. Columns: `COLUMNS`."""
    return pd.DataFrame([*_rows(pair)], columns=COLUMNS)


def _rows(pair: Pair) -> Iterator[tuple[object, ...]]:
    first, second = (_means(study) for study in pair)
    for recipe, fraction in first.index:
        theirs = [key for key in second.index if key[0] == recipe and np.isclose(key[1], fraction)]
        if not theirs:
            continue
        for measure in MEASURES:
            one = first.loc[(recipe, fraction), measure]
            two = second.loc[theirs[0], measure]
            if np.isfinite(one) and np.isfinite(two):
                yield recipe, float(fraction), measure, float(one), float(two)


def _means(study: Finished) -> pd.DataFrame:
    runs = study.contents.runs
    numbers = runs.reindex(columns=[*MEASURES]).apply(pd.to_numeric, errors="coerce")
    keyed = runs[["recipe", "fraction"]].join(numbers)
    return keyed.groupby(["recipe", "fraction"], sort=False)[[*MEASURES]].mean()


def machine_of(study: Finished) -> str:
    """On what a study ran, as it noted that at its end; "" where it did not."""
    noted = study.contents.environment
    return ", ".join(f"{name} {noted[name]}" for name in MACHINE if noted.get(name))
