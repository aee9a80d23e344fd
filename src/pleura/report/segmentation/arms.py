"""Pairs of recipes that differ in one thing only, and their paired differences."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pleura.evaluate.case_cells import ALL
from pleura.evaluate.cases import compare_cases
from pleura.evaluate.compare import holm
from pleura.report.findings import Estimate, Findings
from pleura.report.segmentation.measures import shown

DIFFER = ("backbone", "weights", "strategy", "augmented", "masks")


@dataclass(frozen=True)
class Arms:
    """Two recipes that differ in one column of the runs table alone, and what each holds there."""

    first: str
    second: str
    values: tuple[str, str]


def find_arms(runs: pd.DataFrame, findings: Findings, differ: str) -> tuple[Arms, ...]:
    """Recipes that differ in nothing but the column `differ` ("augmented" or "masks"), in the order
    of the page. With "augmented" the first is without; with "masks" it is the reference, or else
    the first of them in that order."""
    same = [column for column in DIFFER if column != differ]
    ranked = [name for name in findings.looks if name in set(runs["recipe"])]
    alone = runs.drop_duplicates("recipe").set_index("recipe").loc[ranked]
    found = []
    for _, group in alone.groupby(same, sort=False):
        ways = group.drop_duplicates(differ)[differ]
        if differ == "augmented":
            ways = ways.sort_values()
        elif findings.reference in ways.index:
            ways = ways.loc[[findings.reference, *ways.index.drop(findings.reference)]]
        first = str(ways.index[0])
        found += [
            Arms(first, str(other), (ways.iloc[0], ways.loc[other])) for other in ways.index[1:]
        ]
    return tuple(found)


@dataclass(frozen=True)
class Difference:
    """The second arm minus the first, on one measure of one structure (or all) at one fraction;
    `first` and `second` are their values."""

    arms: Arms
    fraction: float
    structure: str
    first: Estimate
    second: Estimate
    difference: Estimate
    p_holm: float


def differences(
    cases: pd.DataFrame,
    findings: Findings,
    pairs: Sequence[Arms],
    metric: str,
    structures: Sequence[str],
) -> list[Difference]:
    """The paired difference of each of `pairs` at every fraction that both have, on `cases` of the
    test part; p is corrected over all that is returned (Holm 1979)."""
    found: list[tuple[Arms, float, str, Estimate]] = []
    p: list[float] = []
    columns = ["fraction", "structure", "difference", "low", "high"]
    for arms in pairs:
        both = cases[cases["recipe"].isin((arms.first, arms.second))]
        table = compare_cases(both, reference=arms.first, metric=metric, level=findings.level)
        table = table[table["structure"].isin(structures)]
        p += table["p"].tolist()
        found += [
            (arms, fraction, structure, shown(metric, *numbers))
            for fraction, structure, *numbers in table[columns].itertuples(index=False, name=None)
        ]
    return [
        Difference(
            arms,
            fraction,
            structure,
            findings.estimate(arms.first, fraction, metric, _of(structure)),
            findings.estimate(arms.second, fraction, metric, _of(structure)),
            difference,
            float(adjusted),
        )
        for (arms, fraction, structure, difference), adjusted in zip(
            found, holm(np.array(p, dtype=np.float64)), strict=True
        )
    ]


def _of(structure: str) -> str:
    """As `Findings.estimate` asks for it."""
    return "" if structure == ALL else structure
