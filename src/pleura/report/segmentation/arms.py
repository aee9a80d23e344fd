"""Pairs of recipes that differ in one thing only, and their paired differences."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pleura.evaluate.case_runs import ALL
from pleura.evaluate.cases import compare_cases
from pleura.evaluate.compare import holm
from pleura.report.findings import Estimate, Findings
from pleura.report.segmentation.folder import CasesFolder
from pleura.report.segmentation.measures import shown


@dataclass(frozen=True)
class Arms:
    """Two recipes that differ in one key of the study file alone, and what the runs table holds of
    it for each."""

    first: str
    second: str
    values: tuple[str, str]


def find_arms(contents: CasesFolder, findings: Findings, differ: str) -> tuple[Arms, ...]:
    """Recipes whose sections of the study file differ in nothing but the key `differ` ("augmented"
    or "masks"), in the order of the page. With "augmented" the first is without; with "masks" it is
    the reference, or else the first of them in that order."""
    sections = contents.study.get("recipes") or {}
    told = contents.runs.drop_duplicates("recipe").set_index("recipe")[differ]
    groups: dict[str, dict[str, str]] = {}
    for name in findings.looks:
        if name in sections and name in told:
            same = dict(sections[name])
            way = json.dumps(same.pop(differ, None), sort_keys=True)
            groups.setdefault(json.dumps(same, sort_keys=True), {}).setdefault(way, name)
    found = []
    for ways in groups.values():
        if differ == "augmented":  # "false" comes before "true"
            first, *others = (ways[way] for way in sorted(ways))
        else:
            first, *others = sorted(ways.values(), key=lambda name: name != findings.reference)
        found += [Arms(first, other, (told[first], told[other])) for other in others]
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
