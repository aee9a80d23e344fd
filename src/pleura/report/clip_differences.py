"""Paired differences between recipes by clip and by patient."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pleura.errors import InputError
from pleura.evaluate.compare import compare, holm
from pleura.report.findings import Estimate, Findings
from pleura.report.numbers import MISSING, decimal, interval, p_value
from pleura.report.table import Cell, Column, Table, recipe_cell


@dataclass(frozen=True)
class Against:
    """Recipe minus reference, with p corrected over all recipes and measures of its unit."""

    difference: Estimate
    p_holm: float


def against_reference(
    pooled: pd.DataFrame, metrics: Iterable[str], findings: Findings
) -> dict[tuple[str, str], Against]:
    """Every other recipe and baseline against the reference, by (recipe, metric), on one unit's
    table of predictions; p is corrected over all of them (Holm 1979). Empty where that table cannot
    be evaluated."""
    tables = []
    for metric in metrics:
        try:
            compared = compare(
                pooled, reference=findings.reference, metric=metric, level=findings.level
            )
        except InputError:  # said with the values themselves
            return {}
        tables.append(compared)
    table = pd.concat(tables)
    columns = ["recipe", "metric", "difference", "low", "high"]
    return {
        (recipe, metric): Against(Estimate(*numbers), float(p))
        for (recipe, metric, *numbers), p in zip(
            table[columns].itertuples(index=False, name=None),
            holm(table["p"].to_numpy(dtype=np.float64)),
            strict=True,
        )
    }


def difference_table(
    against: Mapping[str, Mapping[tuple[str, str], Against]],
    measures: Mapping[str, str],
    findings: Findings,
) -> Table | None:
    """Differences by unit and recipe on each of `measures`, named by their titles; None where there
    are none."""
    rows = [
        [
            recipe_cell(recipe, look, findings.reference),
            Cell(unit),
            *(cell for metric in measures for cell in _cells(found, recipe, metric, findings)),
        ]
        for unit, found in against.items()
        for recipe, look in findings.looks.items()
        if any(key[0] == recipe for key in found)
    ]
    columns = [Column("Recipe", number=False), Column("By", number=False)]
    for title in measures.values():
        columns += [Column("Difference", title), Column("p", "after Holm")]
    return Table(f"Differences to {findings.reference}", columns, rows) if rows else None


def _cells(
    found: Mapping[tuple[str, str], Against], recipe: str, metric: str, findings: Findings
) -> list[Cell]:
    against = found.get((recipe, metric))
    if against is None:
        return [Cell(MISSING, order=float("nan"))] * 2
    value, shown = against.difference, against.p_holm < 1 - findings.level
    # Baselines stay neutral: what they reach is no success of a strategy.
    tone = "good" if value.value > 0 else "bad"
    return [
        Cell(
            decimal(value.value, sign=True),
            interval(value.low, value.high),
            order=value.value,
            tone=tone if shown and recipe not in findings.baselines else "",
        ),
        Cell(p_value(against.p_holm), order=against.p_holm),
    ]
