"""The primary metric in every subgroup, with intervals."""

from collections.abc import Iterator

import numpy as np

from pleura.report.figures.rows import Mark, Panel, interval_rows
from pleura.report.findings import NOTHING, Estimate, Findings, in_words
from pleura.report.section import Drawn
from pleura.report.sections.subgroups.found import Subgrouped, scaled

EVERYONE = ("", "")  # in the place of a column and its subgroup


def by_group(found: Subgrouped, findings: Findings) -> Iterator[Drawn]:
    """A row for all test images and for each subgroup, a mark for each recipe; the numbers are
    those of the first."""
    metric, first = findings.metric, found.recipes[0]
    looks = {name: findings.looks[name] for name in found.recipes}
    marks = {
        name: Mark(look.marker, look.colour, size=5.5 * look.grown, label=name)
        for name, look in looks.items()
    }
    every = [EVERYONE, *found.groups]
    values = {each: {name: _value(found, findings, name, each) for name in marks} for each in every}
    said = [
        in_words(of[first], metric) if np.isfinite(of[first].value) else "not known"
        for of in values.values()
    ]
    names = ["all", *(f"{column}: {group}" for column, group in found.groups)]
    panel = Panel(
        [
            [(each, marks[name]) for name, each in of.items() if np.isfinite(each.value)]
            for of in values.values()
        ],
        metric.title,
        beside=said,
        line=values[EVERYONE][first].value,
        metric=metric,
    )
    columns = [column for column, _ in every]
    lines = [at for at in range(1, len(every)) if columns[at] != columns[at - 1]]
    told = "; ".join(f"{name} {text}" for name, text in zip(names, said, strict=True))
    figure = interval_rows(names, [panel], list(marks.values()), bold="all", lines_above=lines)
    yield "", f"{metric.label} of {first} by subgroup: {told}", figure


def _value(found: Subgrouped, findings: Findings, recipe: str, group: tuple[str, str]) -> Estimate:
    if group == EVERYONE:
        return findings.primary(recipe, found.fractions[recipe])
    return scaled(found.values.get((recipe, *group, *found.primary), NOTHING), findings.metric)
