"""How much of the heat maps lies in the lungs, against the lungs' share of the image."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.csv_file import read_csv
from pleura.evaluate.compare import adjusted, paired
from pleura.evaluate.intervals import SIZES, sizes
from pleura.evaluate.jackknife import LeaveOneOut, leave_out, patient_groups, t_limits
from pleura.evaluate.ranking import Floats
from pleura.evaluate.runs import Run
from pleura.tables import require_numbers

ATTENTION = (
    *("recipe", "fold", "seed", "fraction", "image", "patient", "label", "predicted"),
    *("method", "cut", "grid", "inside", "area", "pointing", "doubtful", "overlap"),
)
"""Columns of attention.csv, one row a network, test image with lungs, and heat map.

`method`: "HiRes-CAM" (at the deepest cut with 14 x 14 positions or more) or "Grad-CAM" (at the last
cut), of the predicted class; `cut` is its name, `grid` the positions along a side of its map. On a
common grid of 28 x 28: `inside` is the share of the map's mass in the lungs, `area` the lungs'
share of the image, `pointing` the lungs' share of the place where the map is largest; `inside` and
`pointing` are empty for a map without any mass. `doubtful`: True where the quality flag of the
masker says so. `overlap`: share of the lungs that stays hidden where the same shape is hidden
elsewhere.
"""
TEXT = ("recipe", "image", "patient", "label", "predicted", "method", "cut")
METHODS = HIRES, GRAD = "HiRes-CAM", "Grad-CAM"
MEASURES = ("inside - area", "inside / area", "pointing - area", "inside", "pointing", "area")
"""`inside - area` leads: above 0 a map lies in the lungs more than one spread evenly would."""
MASKS = ("all", "sure")
"""Images with whatever mask, and those alone whose mask is not doubtful."""
MEANS = [*("recipe", "method", "masks", "measure", "value", "low", "high"), *SIZES, "empty"]
"""Columns of `attention_means`; `empty` counts the maps without any mass, of all seeds."""
COMPARED = [
    *("recipe", "reference", "method", "masks", "measure"),
    *("difference", "low", "high", "p", "p_holm", *SIZES),
]
"""Columns of `compare_attention`."""
COMPARED_MEASURES = MEASURES[:3:2]


@dataclass(frozen=True)
class AttentionRun(Run):
    """Heat maps of one method by the networks of one seed, of all folds together.

    values: (n, 3), `inside`, `area` and `pointing`, all nan for a map without mass.
    """

    values: Floats


def read_attention(path: Path) -> pd.DataFrame:
    """Read attention.csv. Raises InputError naming the columns that are missing."""
    # Text is kept as written: a patient called "NA" is no missing value.
    nothing = {name: ["", "nan"] for name in ("inside", "pointing")}
    types = dict.fromkeys(TEXT, str)
    table = read_csv(path, ATTENTION, dtype=types, na_values=nothing)
    require_numbers(table, [name for name in ATTENTION if name not in TEXT], path)
    return table


def attention_means(attention: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Each of `MEASURES` of every recipe by method, of all images and of those with sure masks.

    `attention` has the columns `ATTENTION` at one fraction. A value is the mean over test images
    (of all folds together), then over seeds; "inside / area" is the ratio of two such means. Limits
    carry patients and seeds; they are t limits, nan where nothing varies. Maps without mass do not
    count. Columns: `MEANS`. Masks "sure" are left out where none is doubtful.

    What a map can tell: one of 7 x 7 positions, enlarged, spreads each of them over a region as
    large as half a lung, so that it can neither lie wholly inside the lungs nor outside. Compare
    maps of the same `grid`. And a map shows where the score of a class comes from to first order,
    not what would change it: that is told by hiding the lungs (`pleura.evaluate.hidden_lungs`).
    """
    rows = []
    for recipe, method, masks, runs, groups in _chosen(attention):
        *behind, empty = _behind(runs)
        for measure, sample in _measures(runs, groups).items():
            low, high, _ = t_limits(sample, level, *_range(measure))
            rows.append((recipe, method, masks, measure, sample.value, low, high, *behind, empty))
    return pd.DataFrame(rows, columns=MEANS)


def compare_attention(
    attention: pd.DataFrame, *, reference: str, level: float = 0.95
) -> pd.DataFrame:
    """Every other recipe against `reference` in "inside - area" and "pointing - area".

    The difference (recipe - reference) is paired: same test images, same seeds. A map without mass
    leaves out the other's map of that image and seed as well. Limits as in `attention_means`; `p`
    is two-sided, `p_holm` adjusted for all recipes of the same method, masks and measure (Holm
    1979). Columns: `COMPARED`. Empty where the reference has no maps. Raises InputError for
    different test images and no seed in common.
    """
    chosen = list(_chosen(attention))
    references = {of[1:3]: of[3] for of in chosen if of[0] == reference}
    rows = []
    for recipe, method, masks, runs, groups in chosen:
        if recipe == reference or (method, masks) not in references:
            continue
        ours, theirs = _with_mass(*paired(runs, references[method, masks]))
        mine, other = _measures(ours, groups), _measures(theirs, groups)
        for measure in COMPARED_MEASURES:
            sample = mine[measure] - other[measure]
            # On the same images the area is the same: what differs is one share of each recipe.
            numbers = sample.value, *t_limits(sample, level, -1.0, 1.0)
            which = (recipe, reference, method, masks, measure)
            rows.append((*which, *numbers, 1.0, *_behind(ours)[:3]))
    return adjusted(pd.DataFrame(rows, columns=COMPARED), ["method", "masks", "measure"])


Chosen = tuple[str, str, str, list[AttentionRun], Mapping[str, int]]


def _chosen(attention: pd.DataFrame) -> Iterator[Chosen]:
    """Recipe, method, masks, runs by seed, and the numbers of the patients there."""
    sure = attention[~attention["doubtful"].astype(bool)]
    tables = {"all": attention, "sure": sure} if len(sure) < len(attention) else {"all": attention}
    for masks, table in tables.items():
        for method in METHODS:
            of_method = table[table["method"] == method]
            runs = {
                recipe: [_cell(str(recipe), seed, its) for seed, its in of.groupby("seed")]
                for recipe, of in of_method.groupby("recipe", sort=False)
            }
            if len(set(of_method["patient"])) < 2:
                continue
            groups = patient_groups([run for of in runs.values() for run in of])
            for recipe, of in runs.items():
                yield str(recipe), method, masks, of, groups


def _cell(recipe: str, seed: Any, table: pd.DataFrame) -> AttentionRun:
    table = table.sort_values("image", kind="stable")
    images, patients = (table[name].to_numpy(dtype=object) for name in ("image", "patient"))
    values = table[["inside", "area", "pointing"]].to_numpy(dtype=np.float64)
    values = np.where(np.isfinite(values).all(axis=1, keepdims=True), values, np.nan)
    fraction = float(table["fraction"].iloc[0])
    return AttentionRun(recipe, fraction, int(seed), 0, images, patients, values)


def _with_mass(
    ours: Sequence[AttentionRun], theirs: Sequence[AttentionRun]
) -> tuple[list[AttentionRun], list[AttentionRun]]:
    """Both with nan where either has it; runs are of the same seeds and images in pairs."""
    sides: tuple[list[AttentionRun], list[AttentionRun]] = ([], [])
    for pair in zip(ours, theirs, strict=True):
        empty = np.isnan([run.values for run in pair]).any(axis=0)
        for side, run in zip(sides, pair, strict=True):
            side.append(replace(run, values=np.where(empty, np.nan, run.values)))
    return sides


def _measures(runs: Sequence[AttentionRun], groups: Mapping[str, int]) -> dict[str, LeaveOneOut]:
    def measure(run: AttentionRun, included: NDArray[np.bool_]) -> dict[str, Floats]:
        with_mass = np.isfinite(run.values[:, 0])
        with np.errstate(invalid="ignore", divide="ignore"):
            means = (
                included[:, with_mass]
                @ run.values[with_mass]
                / included[:, with_mass].sum(axis=1)[:, None]
            )
            inside, area, pointing = means.T
            values = (inside - area, inside / area, pointing - area, inside, pointing, area)
        return dict(zip(MEASURES, values, strict=True))

    return leave_out(runs, groups, measure)


def _range(measure: str) -> tuple[float, float]:
    """The least and greatest value of a measure: a share, a difference or a ratio of shares."""
    if " / " in measure:
        return 0.0, np.inf
    return (-1.0 if " - " in measure else 0.0), 1.0


def _behind(runs: Sequence[AttentionRun]) -> tuple[int, int, int, int]:
    """Patients, images and seeds with a value, and the number of maps without."""
    with_mass = [np.isfinite(run.values[:, 0]) for run in runs]
    return *sizes(runs, with_mass), sum(int((~at).sum()) for at in with_mass)
