"""The section on subgroups: its sentences, tables and figure."""

from collections.abc import Iterator

import numpy as np

from pleura.evaluate.subgroups import FEWEST
from pleura.report.figures.rows import Mark, Panel, interval_rows
from pleura.report.findings import NOTHING, Estimate, Findings, in_words
from pleura.report.numbers import count, listing, percent
from pleura.report.section import Blocks, Caution, Cautions, Drawn, Figures, Section, Words, folded
from pleura.report.sections.subgroups.cautions import few_told, undefined_told, unequal
from pleura.report.sections.subgroups.found import (
    COMPARED,
    TARGET,
    Subgrouped,
    find_of_cases,
    find_of_labels,
    scaled,
)
from pleura.report.sections.subgroups.tables import (
    class_table,
    difference_table,
    equal_table,
    group_table,
)
from pleura.report.study import F, Study

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


def remarks(found: Subgrouped, findings: Findings) -> list[str]:
    """What the differences show, and what they cannot, as sentences."""
    told = [
        sentence
        for name in found.recipes[:COMPARED]
        for sentence in unequal(found, findings, name, f"“{name}”")
    ]
    tested = int(found.differences["p"].notna().sum())
    left = len(found.differences) - tested
    if not told:
        told = [
            f"None of {count(tested, 'difference')} between subgroups is shown after Holm's "
            "correction. That does not show that there is none: the intervals say how large it "
            "could be."
            if tested
            else "No two subgroups are large enough to be compared."
        ]
    if left and tested:
        told.append(
            f"{count(left, 'difference')} not tested: fewer than {count(FEWEST, 'patient')} "
            "bear the metric in a subgroup."
        )
    return [*told, *filter(None, [few_told(found, findings.noun), undefined_told(found)])]


def _blocks(study: Study[F], found: Subgrouped) -> Blocks:
    findings, judged = study.findings, study.judged
    columns = [each.column for each in found.groupings]
    yield Words(remarks=remarks(found, findings), columns=listing(columns), first=found.recipes[0])
    yield Figures("subgroups", by_group(found, findings))
    if table := difference_table(found, judged, findings):
        yield Words("differences", rates=found.differences["metric"].nunique() > 1)
        yield table
    tables = [group_table(found, judged, findings, column) for column in columns]
    yield from folded([*tables, class_table(found, judged, findings)])
    if equal := equal_table(found, findings):
        yield Words("equal", target=percent(TARGET), fewest=FEWEST)
        yield equal


def _cautions(study: Study[F], found: Subgrouped) -> Cautions:
    findings = study.findings
    for name in found.recipes[:COMPARED]:
        for text in unequal(found, findings, name, f"“{name}”"):
            yield Caution(text)
    if text := few_told(found, findings.noun):
        yield Caution(text, serious=False)


def _of_model(study: Study[F], found: Subgrouped) -> Iterator[str]:
    if study.model:
        yield from unequal(found, study.findings, study.model.name, "It")


SECTION = Section("subgroups", find_of_labels, _blocks, _cautions, _of_model, warns=20)
OF_CASES = Section("subgroups", find_of_cases, _blocks, _cautions, _of_model, warns=20)
