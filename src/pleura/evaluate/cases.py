"""Intervals and paired comparisons of segmentations, by patient and with seeds."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.errors import InputError
from pleura.evaluate import compare, intervals
from pleura.evaluate.case_cells import ALL, CaseCell, read_case_cells
from pleura.evaluate.case_metrics import CASE_METRICS
from pleura.evaluate.jackknife import LeaveOneOut, leave_out, patient_groups
from pleura.evaluate.ranking import Floats

Key = tuple[str, str]
COLUMNS = [name.replace("class", "structure") for name in intervals.COLUMNS]
COMPARED = [*compare.COLUMNS[:4], "structure", *compare.COLUMNS[4:]]


def summarise_cases(
    cases: pd.DataFrame, *, level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> pd.DataFrame:
    """Every metric of every recipe and fraction on the test part, with its interval.

    `cases`: see `read_case_cells`, which also says what is refused. A value is the mean over test
    cases (of all folds together), then over seeds; of structure "all", that of each case's mean
    over the structures it has. `low` and `high`, `level`, `resamples` and `seed` are as in
    `intervals.summarise`; distances and numbers of pieces have them on the log scale, and none
    where they are all 0. Columns: recipe, fraction, metric, structure, value, low, high, patients,
    images, seeds; patients and images count those that have a value. A structure that no test case
    has, has none.
    """
    table = read_case_cells(cases)
    groups = patient_groups(table.cells, resamples, seed)
    rows = []
    for recipe, fraction in dict.fromkeys((c.recipe, c.fraction) for c in table.cells):
        cells = table.of(recipe, fraction)
        for (metric, structure), sample in _leave_one_out(cells, groups, table.structures).items():
            patients, images = _bearing(cells, table.structures, metric, structure)
            low, high = intervals.interval(CASE_METRICS[metric], sample, level, patients)
            found = sample.value, low, high, patients, images, len(cells)
            rows.append((recipe, fraction, metric, structure, *found))
    return pd.DataFrame(rows, columns=COLUMNS + intervals.SIZES)


def compare_cases(
    cases: pd.DataFrame,
    *,
    reference: str,
    metric: str = "dice",
    margin: float = 0.01,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Every other recipe against `reference`, at every fraction that both have, by structure.

    As `compare.compare`, with the same words in `verdict`; `margin` is in the metric's own unit,
    and less is better of all but Dice and IoU. `p_holm` is adjusted for all rows of the same
    structure: "all" is the question of a study, single structures are looked at besides. Columns:
    recipe, reference, fraction, metric, structure, difference, low, high, p, p_holm, verdict,
    patients, images, seeds. Raises InputError for an unknown metric or reference, other test
    images, no seed in common, and what `read_case_cells` refuses.
    """
    if metric not in CASE_METRICS:
        raise InputError(f"compare: no metric {metric!r}; choose one of {', '.join(CASE_METRICS)}")
    record, table = CASE_METRICS[metric], read_case_cells(cases)
    pairs = dict.fromkeys((c.recipe, c.fraction) for c in table.cells)
    if reference not in {recipe for recipe, _ in pairs}:
        known = ", ".join(dict.fromkeys(recipe for recipe, _ in pairs))
        raise InputError(f"compare: no recipe {reference!r}; choose the reference among {known}")
    groups = patient_groups(table.cells, resamples, seed)
    rows = []
    for recipe, fraction in pairs:
        if recipe == reference or (reference, fraction) not in pairs:
            continue
        ours, theirs = compare.paired(table.of(recipe, fraction), table.of(reference, fraction))
        mine = _leave_one_out(ours, groups, table.structures)
        other = _leave_one_out(theirs, groups, table.structures)
        for structure in (ALL, *table.structures):
            one, two = mine[metric, structure], other[metric, structure]
            patients, images = _bearing(ours, table.structures, metric, structure)
            found = one.value - two.value, *compare.limits(record, one, two, level, patients)
            names = (recipe, reference, fraction, metric, structure)
            rows.append((*names, *found, 1.0, "", patients, images, len(ours)))
    result = pd.DataFrame(rows, columns=COMPARED + intervals.SIZES)
    for _, at in result.groupby("structure").groups.items():
        result.loc[at, "p_holm"] = compare.holm(result.loc[at, "p"].to_numpy(dtype=np.float64))
    result["verdict"] = [
        compare.verdict(*row, margin=margin, level=level, sign=record.sign)
        for row in result[["difference", "low", "high", "p_holm"]].itertuples(index=False)
    ]
    return result


def _leave_one_out(
    cells: Sequence[CaseCell], groups: Mapping[str, int], structures: Sequence[str]
) -> dict[Key, LeaveOneOut]:
    keys = [(metric, name) for metric in CASE_METRICS for name in (ALL, *structures)]

    def measure(cell: CaseCell, kept: NDArray[np.bool_]) -> dict[Key, Floats]:
        values = cell.values.reshape(len(cell.values), -1)
        known = np.isfinite(values)
        weights = kept.astype(np.float64)
        with np.errstate(invalid="ignore"):
            means = (weights @ np.where(known, values, 0)) / (weights @ known)
        return dict(zip(keys, means.T, strict=True))

    return leave_out(cells, groups, measure)


def _bearing(
    cells: Sequence[CaseCell], structures: Sequence[str], metric: str, structure: str
) -> tuple[int, int]:
    """How many patients and images have a value of this metric and structure."""
    at = list(CASE_METRICS).index(metric), (ALL, *structures).index(structure)
    shown = [(cell, np.isfinite(cell.values[:, at[0], at[1]])) for cell in cells]
    patients = {name for cell, known in shown for name in cell.patients[known]}
    images = {name for cell, known in shown for name in cell.images[known]}
    return len(patients), len(images)
