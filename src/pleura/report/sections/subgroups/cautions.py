"""What of the subgroups must be known before results are used: sentences."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.subgroups import FEWEST
from pleura.report.doubts import FEW_OF_A_CLASS
from pleura.report.findings import Estimate, Findings, in_words
from pleura.report.nouns import Noun
from pleura.report.numbers import Metric, count, listing, p_value
from pleura.report.sections.subgroups.found import Subgrouped, scaled

GUESSING = 0.5  # AUROC
NAMED = 4
SIDES = ("group", "other")
Row = Mapping[Hashable, Any]


def shown(found: Subgrouped, findings: Findings) -> pd.DataFrame:
    """The differences that are shown after Holm's correction."""
    rows: pd.DataFrame = found.differences[found.differences["p_holm"] < 1 - findings.level]
    return rows


def unequal(found: Subgrouped, findings: Findings, recipe: str, called: str) -> Iterator[str]:
    """Where subgroups are shown to differ for one recipe, which is `called` so: sentences."""
    rows = shown(found, findings)
    rates = []
    for row in rows[rows["recipe"] == recipe].to_dict("records"):
        if (row["metric"], row["class"]) == found.primary:
            yield f"{called} {_works(row, findings.metric)}"
            continue
        sides = " against ".join(f"{_said(row, side)} for {row[side]}" for side in SIDES)
        rates.append(f"{row['metric']} for “{row['class']}” by {row['column']} {sides}")
    if rates:
        yield (
            f"{called} misses or alarms more often in some subgroups, at the threshold that it is "
            f"used with: {listing(rates, NAMED)}."
        )


def _works(row: Row, metric: Metric) -> str:
    gains = row["difference"] * metric.sign > 0
    better, worse = SIDES if gains else SIDES[::-1]
    low, high = (f"{row['column']} {row[side]}" for side in (worse, better))
    told = (
        f"{metric.label} {_said(row, worse, metric)} against {_said(row, better, metric)}, "
        f"p {p_value(row['p_holm'])} after Holm's correction."
    )
    if metric.name == AUROC.name and row[f"{worse}_low"] <= GUESSING < row[f"{better}_low"]:
        return f"works for {high} and is not shown to work for {low}: {told}"
    return f"is shown to do worse for {low} than for {high}: {told}"


def _said(row: Row, side: str, metric: Metric = AUROC) -> str:
    its = Estimate(*(row[f"{side}_{of}"] for of in ("value", "low", "high")))
    return in_words(scaled(its, metric), metric)


def small(found: Subgrouped) -> list[str]:
    """Subgroups in which few patients bear the primary metric, such as those of the scarcest
    class: `sex unknown (3)`; `none of a class` where it cannot be told."""
    first = found.table[found.table["recipe"] == found.recipes[0]]
    of = (first["metric"] == found.primary[0]) & (first["class"] == found.primary[1])
    few = first[of & (first["bearing"] < FEW_OF_A_CLASS)]
    return [
        f"{row['column']} {row['group']} ({row['bearing'] or 'none of a class'})"
        for row in few.to_dict("records")
    ]


def few_told(found: Subgrouped, noun: Noun) -> str:
    """That subgroups are small; empty where none is."""
    if not (few := small(found)):
        return ""
    some = f", where there are {noun.several}" if noun.single else ""
    return (
        f"Few test patients (of the scarcest {noun.one}{some}) in subgroups: {listing(few)}. "
        f"With fewer than {FEW_OF_A_CLASS} an interval is itself uncertain; with fewer than "
        f"{FEWEST} subgroups are not compared."
    )


def undefined_told(found: Subgrouped) -> str:
    """That intervals are missing where a metric hangs on single patients; empty where none is."""
    hangs = found.table[(found.table["undefined"] > 0) & found.table["value"].notna()]
    if hangs.empty:
        return ""
    groups = hangs.drop_duplicates(["column", "group"])
    named = [f"{row['column']} {row['group']}" for row in groups.to_dict("records")]
    return (
        f"{count(len(hangs), 'interval')} cannot be given, since the metric cannot be told without "
        f"some single patient, the only one of a class in a fold: in {listing(named)}."
    )
