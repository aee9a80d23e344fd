"""The section on subgroups: its sentences, tables and figure."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.metric import ClassificationMetric
from pleura.evaluate.subgroups import FEWEST
from pleura.report.doubts import FEW_OF_A_CLASS
from pleura.report.figures.rows import Mark, Panel, interval_rows
from pleura.report.findings import GUESSING, NOTHING, Estimate, Findings, in_words
from pleura.report.nouns import Noun
from pleura.report.numbers import Metric, listing, p_value, percent
from pleura.report.prose import EVERY, say, sentences
from pleura.report.section import (
    Blocks,
    Caution,
    Cautions,
    Drawn,
    Figures,
    Section,
    Words,
    folded,
    worded,
)
from pleura.report.sections.subgroups.subgrouped import (
    COMPARED,
    TARGET,
    Subgrouped,
    find_of_cases,
    find_of_labels,
)
from pleura.report.sections.subgroups.tables import (
    class_table,
    difference_table,
    equal_table,
    group_table,
)
from pleura.report.study import F, Study

NAMED = 4
SIDES = ("group", "other")
Row = Mapping[Hashable, Any]
CUT_AT = 5  # times as far from the end of a metric's range as the farthest value, an axis is cut
EVERYONE = ("", "")  # in the place of a column and its subgroup


def unequal(
    subgrouped: Subgrouped, findings: Findings, recipe: str, called: str, named: int = NAMED
) -> list[str]:
    """Where subgroups are shown to differ for one recipe, which is `called` so: sentences, of which
    each names so many."""
    metric, works, rates = findings.metric, [], []
    rows = subgrouped.shown(findings.level)
    for row in rows[rows["recipe"] == recipe].to_dict("records"):
        if (row["metric"], row["class"]) == subgrouped.primary:
            works.append(_works(row, metric))
        else:
            sides = " against ".join(f"{_said(row, side)} for {row[side]}" for side in SIDES)
            rates.append(f"{row['metric']} for “{row['class']}” by {row['column']} {sides}")
    words = {"called": called, "label": metric.label, "works": works, "rates": rates}
    return sentences("subgroups", "unequal", **words, named=named)


def _works(row: Row, metric: Metric) -> Mapping[str, object]:
    """The worse and the better subgroup of a row with their values; `guesses`: the worse one is not
    shown to be above guessing."""
    worse, better = SIDES[::-1] if row["difference"] * metric.sign > 0 else SIDES
    above = row[f"{worse}_low"] <= GUESSING < row[f"{better}_low"]
    return {
        "low": f"{row['column']} {row[worse]}",
        "high": f"{row['column']} {row[better]}",
        "worse": _said(row, worse, metric),
        "better": _said(row, better, metric),
        "p": p_value(row["p_holm"]),
        "guesses": metric.name == AUROC.name and above,
    }


def _said(row: Row, side: str, metric: Metric = AUROC) -> str:
    its = Estimate(*(row[f"{side}_{of}"] for of in ("value", "low", "high")))
    return in_words(its.scaled(metric), metric)


def small(subgrouped: Subgrouped, noun: Noun) -> list[str]:
    """Subgroups in which few patients bear the primary metric, such as those of the scarcest
    class: `sex unknown (3)`; `none of a class` where it cannot be told."""
    first = subgrouped.table[subgrouped.table["recipe"] == subgrouped.recipes[0]]
    of = (first["metric"] == subgrouped.primary[0]) & (first["class"] == subgrouped.primary[1])
    few = first[of & (first["bearing"] < FEW_OF_A_CLASS)]
    return [
        f"{row['column']} {row['group']} ({row['bearing'] or f'none of a {noun.one}'})"
        for row in few.to_dict("records")
    ]


def few_told(subgrouped: Subgrouped, findings: Findings) -> str:
    """That subgroups are small; empty where none is."""
    noun, metric = findings.noun, findings.metric
    by_class = isinstance(metric, ClassificationMetric) and metric.borne_by != "all"
    words = {"least": FEW_OF_A_CLASS, "fewest": FEWEST, "noun": noun, "by_class": by_class}
    return say("subgroups", "few", few=small(subgrouped, noun), **words)


def undefined_told(subgrouped: Subgrouped, findings: Findings) -> str:
    """That intervals are missing where a metric hangs on single patients; empty where none is."""
    hangs = subgrouped.table[
        (subgrouped.table["undefined"] > 0) & subgrouped.table["value"].notna()
    ]
    groups = hangs.drop_duplicates(["column", "group"]).to_dict("records")
    named = [f"{row['column']} {row['group']}" for row in groups]
    words = {"noun": findings.noun, "of_classes": bool(findings.classes)}
    return say("subgroups", "undefined", number=len(hangs), named=named, **words)


def by_group(subgrouped: Subgrouped, findings: Findings) -> Iterator[Drawn]:
    """A row for all test images and for each subgroup, a mark for each recipe; the numbers are
    those of the first."""
    metric, first = findings.metric, subgrouped.recipes[0]
    looks = {name: findings.looks[name] for name in subgrouped.recipes}
    marks = {
        name: Mark(look.marker, look.colour, size=5.5 * look.grown, label=name)
        for name, look in looks.items()
    }
    every = [EVERYONE, *subgrouped.groups]
    values = {
        each: {name: _value(subgrouped, findings, name, each) for name in marks} for each in every
    }
    said = [
        in_words(of[first], metric) if np.isfinite(of[first].value) else "not known"
        for of in values.values()
    ]
    names = ["all", *(f"{column}: {group}" for column, group in subgrouped.groups)]
    panel = Panel(
        [
            [(each, marks[name]) for name, each in of.items() if np.isfinite(each.value)]
            for of in values.values()
        ],
        metric.title,
        beside=said,
        line=values[EVERYONE][first].value,
        limits=ends_of([each for of in values.values() for each in of.values()], metric),
        metric=metric,
    )
    columns = [column for column, _ in every]
    lines = [at for at in range(1, len(every)) if columns[at] != columns[at - 1]]
    estimates = "; ".join(f"{name} {text}" for name, text in zip(names, said, strict=True))
    figure = interval_rows(names, [panel], list(marks.values()), bold="all", lines_above=lines)
    yield "", f"{metric.label} of {first} by subgroup: {estimates}", figure


def ends_of(estimates: Sequence[Estimate], metric: Metric) -> tuple[float | None, float | None]:
    """Where the axis of a metric whose range has no end is cut: intervals of a few patients can be
    so wide that the values would have no room. None where it need not be."""
    axis = metric.transformation
    values = [each.value for each in estimates if np.isfinite(each.value)]
    if not values or np.isfinite(axis.width):
        return None, None
    if np.isfinite(axis.low):
        most = axis.low + CUT_AT * (max(values) - axis.low)
        return None, most if any(each.high > most for each in estimates) else None
    least = axis.high - CUT_AT * (axis.high - min(values))
    return least if any(each.low < least for each in estimates) else None, None


def _value(
    subgrouped: Subgrouped, findings: Findings, recipe: str, group: tuple[str, str]
) -> Estimate:
    if group == EVERYONE:
        return findings.primary(recipe, subgrouped.fractions[recipe])
    return subgrouped.values.get((recipe, *group, *subgrouped.primary), NOTHING).scaled(
        findings.metric
    )


def remarks(subgrouped: Subgrouped, findings: Findings) -> list[str]:
    """What the differences show, and what they cannot, as sentences."""
    said, tested = _differing(subgrouped, findings), int(subgrouped.differences["p"].notna().sum())
    numbers = {"tested": tested, "left": len(subgrouped.differences) - tested, "fewest": FEWEST}
    numbers["several"] = len(subgrouped.groupings) > 1
    said += sentences("subgroups", "tested", any=bool(said), **numbers)
    cannot = few_told(subgrouped, findings), undefined_told(subgrouped, findings)
    return [*said, *filter(None, cannot)]


def _differing(subgrouped: Subgrouped, findings: Findings) -> list[str]:
    every = [
        unequal(subgrouped, findings, name, f"“{name}”") for name in subgrouped.recipes[:COMPARED]
    ]
    return [sentence for its in every for sentence in its]


def blocks(study: Study[F], subgrouped: Subgrouped) -> Blocks:
    """The figure, what it shows and cannot show, the differences, and tables to unfold."""
    findings, judged = study.findings, study.judged
    columns = [each.column for each in subgrouped.groupings]
    yield Words(
        remarks=remarks(subgrouped, findings), columns=listing(columns), first=subgrouped.recipes[0]
    )
    yield Figures("subgroups", by_group(subgrouped, findings))
    rates = subgrouped.differences["metric"].nunique() > 1
    yield from worded("differences", difference_table(subgrouped, judged, findings), rates=rates)
    tables = [group_table(subgrouped, judged, findings, column) for column in columns]
    yield from folded([*tables, class_table(subgrouped, judged, findings)])
    words = {"target": percent(TARGET), "fewest": FEWEST}
    yield from worded("equal", equal_table(subgrouped, findings), **words)
    calibrated = set() if subgrouped.equal.empty else set(subgrouped.equal["recipe"])
    left_out = [name for name in subgrouped.recipes if name not in calibrated]
    if calibrated and left_out:
        yield Words("equal_left_out", names=left_out)


def _cautions(study: Study[F], subgrouped: Subgrouped) -> Cautions:
    yield from map(Caution, _differing(subgrouped, study.findings))
    if text := few_told(subgrouped, study.findings):
        yield Caution(text, serious=False)


def _of_model(study: Study[F], subgrouped: Subgrouped) -> Iterator[str]:
    if study.model:
        yield from unequal(subgrouped, study.findings, study.model.name, "It", EVERY)


def section_of(
    find: Callable[[Study[F]], Subgrouped | None],
    shown: Callable[[Study[F], Subgrouped], Blocks] = blocks,
) -> Section[F, Subgrouped]:
    """The section on the subgroups that `find` evaluates; `shown` makes its blocks."""
    return Section("subgroups", find, shown, _cautions, _of_model, warns=20)


SECTION = section_of(find_of_labels)
OF_CASES = section_of(find_of_cases)
