"""Pairs of recipes that differ in one thing only, and their paired differences."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pleura.evaluate.case_runs import ALL
from pleura.evaluate.cases import compare_cases
from pleura.evaluate.compare import holm
from pleura.report.findings import Estimate, Findings, estimates
from pleura.report.measures import columns, shown
from pleura.report.numbers import p_value, percent
from pleura.report.segmentation import CasesFolder
from pleura.report.study import Judged
from pleura.report.table import Cell, Column, Table, estimate_cell


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
    for arms in pairs:
        both = cases[cases["recipe"].isin((arms.first, arms.second))]
        table = compare_cases(both, reference=arms.first, metric=metric, level=findings.level)
        table = table[table["structure"].isin(structures)]
        p += table["p"].tolist()
        rows = estimates(table, "fraction", "structure").items()
        found += [(arms, *key, shown(metric, each)) for key, each in rows]
    adjusted = holm(np.array(p, dtype=np.float64))
    return [
        Difference(
            *(arms, fraction, structure),
            findings.estimate(arms.first, fraction, metric, _of(structure)),
            findings.estimate(arms.second, fraction, metric, _of(structure)),
            difference,
            float(each),
        )
        for (arms, fraction, structure, difference), each in zip(found, adjusted, strict=True)
    ]


def _of(structure: str) -> str:
    """As `Findings.estimate` asks for it."""
    return "" if structure == ALL else structure


def arms_table(
    title: str,
    judged: Judged,
    sides: tuple[str, str],
    found: Mapping[str, Sequence[Difference]],
    heading: str,
    label: Callable[[Difference], str],
) -> Table:
    """Both arms and their paired difference on each measure of `found`, a row for each of what it
    lists, the same in all; `label` says the first column, `sides` are the arms in words."""
    names = [Column(heading), Column("Labels")]
    for metric in found:
        names += [Column(columns("")[metric].title, side) for side in sides]
        names += [Column("Difference", f"in {judged.measures[metric].label.split(' in ')[0]}")]
        names += [Column("p", "after Holm")]
    rows = []
    for together in zip(*found.values(), strict=True):
        first = together[0]
        row = [Cell(label(first)), Cell(percent(first.fraction), order=first.fraction)]
        for metric, each in zip(found, together, strict=True):
            kind = judged.measures[metric]
            row += [estimate_cell(each.first, kind), estimate_cell(each.second, kind)]
            shade = tone(each, judged.findings, kind.higher_is_better)
            row += [estimate_cell(each.difference, kind, sign=True, tone=shade)]
            row += [Cell(p_value(each.p_holm), order=each.p_holm)]
        rows.append(row)
    return Table(title, names, rows)


def tone(each: Difference, findings: Findings, higher_is_better: bool) -> str:
    """Green or red where the difference is shown, by the p corrected for all rows."""
    if not each.p_holm < 1 - findings.level:
        return ""
    return "good" if (each.difference.value > 0) == higher_is_better else "bad"


def over(each: Difference) -> str:
    """The structure that a difference is about."""
    return "all structures" if each.structure == ALL else each.structure
