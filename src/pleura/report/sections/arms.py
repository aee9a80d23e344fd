"""Pairs of recipes that differ in one thing only, and their paired differences."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pleura.evaluate.case_runs import ALL
from pleura.evaluate.cases import compare_cases
from pleura.evaluate.compare import holm
from pleura.report import cells
from pleura.report.findings import Comparison, Estimate, Findings, comparisons
from pleura.report.measures import columns, for_page
from pleura.report.segmentation import CasesFolder
from pleura.report.study import Judged
from pleura.report.table import Cell, Column, Table


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
    values = contents.runs.drop_duplicates("recipe").set_index("recipe")[differ]
    alike: dict[str, dict[str, str]] = {}
    for name in findings.looks:
        if name in sections and name in values:
            rest = dict(sections[name])
            way = json.dumps(rest.pop(differ, None), sort_keys=True)
            alike.setdefault(json.dumps(rest, sort_keys=True), {}).setdefault(way, name)
    pairs = []
    for by_way in alike.values():
        if differ == "augmented":  # "false" comes before "true"
            first, *others = (by_way[way] for way in sorted(by_way))
        else:
            first, *others = sorted(by_way.values(), key=lambda name: name != findings.reference)
        pairs += [Arms(first, other, (values[first], values[other])) for other in others]
    return tuple(pairs)


@dataclass(frozen=True)
class Difference:
    """The second arm minus the first, on one measure of one structure (or all) at one fraction;
    `first` and `second` are their values, of which `comparison` holds the paired difference."""

    arms: Arms
    fraction: float
    structure: str
    first: Estimate
    second: Estimate
    comparison: Comparison

    @property
    def drawn(self) -> tuple[Estimate, Estimate, Estimate]:
        """Both values and their paired difference."""
        return self.first, self.second, self.comparison.difference


def differences(
    cases: pd.DataFrame,
    findings: Findings,
    pairs: Sequence[Arms],
    metric: str,
    structures: Sequence[str],
) -> list[Difference]:
    """The paired difference of each of `pairs` at every fraction that both have, on `cases` of the
    test part; p is corrected over all that is returned (Holm 1979)."""
    tables = []
    for arms in pairs:
        both = cases[cases["recipe"].isin((arms.first, arms.second))]
        table = compare_cases(both, reference=arms.first, metric=metric, level=findings.level)
        tables.append(table[table["structure"].isin(structures)])
    if not tables:
        return []
    table = pd.concat(tables)
    table = for_page(table.assign(p_holm=holm(table["p"].to_numpy(dtype=np.float64))))
    compared = comparisons(table, "reference", "recipe", "fraction", "class")
    of_both = {(arms.first, arms.second): arms for arms in pairs}
    return [
        Difference(
            of_both[first, second],
            fraction,
            structure,
            findings.estimate(first, fraction, metric, of),
            findings.estimate(second, fraction, metric, of),
            comparison,
        )
        for (first, second, fraction, structure), comparison in compared.items()
        for of in ["" if structure == ALL else structure]
    ]


def arms_table(
    title: str,
    judged: Judged,
    sides: tuple[str, str],
    by_measure: Mapping[str, Sequence[Difference]],
    heading: str,
    label: Callable[[Difference], str],
) -> Table:
    """Both arms and their paired difference on each measure, a row for each difference, of which
    all measures have the same; `label` says the first column, `sides` are the arms in words."""
    names: list[str | Column] = [f"{heading} | Labels"]
    metrics = [judged.measures[name] for name in by_measure]
    for metric in metrics:
        names += [Column(columns("")[metric.name].title, side) for side in sides]
        names += [f"Difference / in {metric.quantity} | p / after Holm"]
    rows = []
    for together in zip(*by_measure.values(), strict=True):
        row = [Cell(label(together[0])), cells.fraction(together[0].fraction)]
        for metric, each in zip(metrics, together, strict=True):
            row += [cells.estimate(each.first, metric), cells.estimate(each.second, metric)]
            row += cells.difference(each.comparison, metric, judged.findings)
        rows.append(row)
    return Table.of(title, rows, *names)


def over(each: Difference) -> str:
    """The structure that a difference is about."""
    return "all structures" if each.structure == ALL else each.structure
