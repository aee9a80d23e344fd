"""Intervals and paired comparisons of segmentations, by patient and with seeds."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.errors import InputError
from pleura.evaluate import compare, intervals
from pleura.evaluate.case_metrics import CASE_METRICS
from pleura.evaluate.case_runs import ALL, CaseRun, read_case_runs
from pleura.evaluate.jackknife import LeaveOneOut, leave_out, patient_groups
from pleura.evaluate.ranking import Floats

Key = tuple[str, str]
COLUMNS = [name.replace("class", "structure") for name in intervals.COLUMNS]
COMPARED = [*compare.COLUMNS[:4], "structure", *compare.COLUMNS[4:]]


def summarise_cases(cases: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Every metric of every recipe and fraction on the test part, with its interval.

    `cases`: see `read_case_runs`, which also says what is refused. A value is the mean over test
    cases (of all folds together), then over seeds; of structure "all", that of each case's mean
    over the structures it has. `low` and `high` at `level` are as in `intervals.summarise`;
    distances and numbers of pieces have them on the log scale, and none where they are all 0.
    Columns: recipe, fraction, metric, structure, value, low, high, patients,
    images, seeds; patients and images count those that have a value. A structure that no test case
    has, has none.
    """
    table = read_case_runs(cases)
    groups = patient_groups(table.runs)
    rows = []
    for recipe, fraction in table.pairs:
        runs = table.of(recipe, fraction)
        samples = leave_one_out_of_cases(runs, groups, table.names)
        for (metric, structure), sample in samples.items():
            behind = sizes_of(runs, table.names, metric, structure)
            ends = intervals.interval(CASE_METRICS[metric], sample, level, behind[0])
            rows.append((recipe, fraction, metric, structure, sample.value, *ends, *behind))
    return pd.DataFrame(rows, columns=COLUMNS + intervals.SIZES)


def compare_cases(
    cases: pd.DataFrame,
    *,
    reference: str,
    metric: str = "dice",
    margin: float = 0.01,
    level: float = 0.95,
) -> pd.DataFrame:
    """Every other recipe against `reference`, at every fraction that both have, by structure.

    As `compare.compare`, with the same words in `verdict`; `margin` is in the metric's own unit,
    and less is better of all but Dice and IoU. `p_holm` is adjusted for all rows of the same
    structure: "all" is the question of a study, single structures are looked at besides. Columns:
    recipe, reference, fraction, metric, structure, difference, low, high, p, p_holm, verdict,
    detectable, patients, images, seeds. Raises InputError for an unknown metric or reference, other
    test images, no seed in common, and what `read_case_runs` refuses.
    """
    if metric not in CASE_METRICS:
        raise InputError(f"compare: no metric {metric!r}; choose one of {', '.join(CASE_METRICS)}")
    record, table = CASE_METRICS[metric], read_case_runs(cases)
    groups = patient_groups(table.runs)
    rows, tests = [], []

    def measured(runs: list[CaseRun]) -> dict[Key, LeaveOneOut]:
        return leave_one_out_of_cases(runs, groups, table.names)

    for recipe, fraction, ours, *samples in compare.pairs(table, reference, measured):
        for structure in (ALL, *table.names):
            one, two = (each[metric, structure] for each in samples)
            behind = sizes_of(ours, table.names, metric, structure)
            numbers = one.value - two.value, *compare.limits(record, one, two, level, behind[0])
            names = (recipe, reference, fraction, metric, structure)
            rows.append((*names, *numbers, 1.0, "", np.nan, *behind))
            tests.append(compare.tested(record, one, two, behind[0]))
    result = compare.adjusted(pd.DataFrame(rows, columns=COMPARED + intervals.SIZES), ["structure"])
    result = compare.with_detectable(result, record, tests, level, ["structure"])
    return compare.with_verdicts(result, record, margin, level)


def leave_one_out_of_cases(
    runs: Sequence[CaseRun], groups: Mapping[str, int], structures: Sequence[str]
) -> dict[Key, LeaveOneOut]:
    keys = [(metric, name) for metric in CASE_METRICS for name in (ALL, *structures)]

    def measure(run: CaseRun, included: NDArray[np.bool_]) -> dict[Key, Floats]:
        values = run.values.reshape(len(run.values), -1)
        finite = np.isfinite(values)
        weights = included.astype(np.float64)
        with np.errstate(invalid="ignore"):
            means = (weights @ np.where(finite, values, 0)) / (weights @ finite)
        return dict(zip(keys, means.T, strict=True))

    return leave_out(runs, groups, measure)


def sizes_of(
    runs: Sequence[CaseRun], structures: Sequence[str], metric: str, structure: str
) -> tuple[int, int, int]:
    """How many patients and images have a value of this metric and structure, and seeds."""
    at = list(CASE_METRICS).index(metric), (ALL, *structures).index(structure)
    return intervals.sizes(runs, [np.isfinite(run.values[:, at[0], at[1]]) for run in runs])
