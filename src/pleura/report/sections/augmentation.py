"""Recipes with and without augmentation."""

from collections.abc import Iterator, Sequence

from pleura.evaluate.case_runs import ALL
from pleura.report.figures.forest import two_arms
from pleura.report.figures.fractions import against_sizes
from pleura.report.section import Block, Figures, Section, Words
from pleura.report.sections.arms import Arms, arms_table, differences, find_arms
from pleura.report.segmentation import CasesFolder
from pleura.report.study import Study


def _find(study: Study[CasesFolder]) -> Sequence[Arms]:
    return find_arms(study.recipes.contents, study.recipes.findings, "augmented")


def _blocks(study: Study[CasesFolder], pairs: Sequence[Arms]) -> Iterator[Block]:
    if not pairs:
        return
    contents, findings = study.recipes.contents, study.recipes.findings
    metric = findings.metric
    found = differences(contents.test, findings, pairs, metric.name, (ALL,))
    if len(findings.fractions) > 1:
        names = [(arms.first, arms.second) for arms in pairs]
        figure = against_sizes(contents.runs, findings, names)
    else:
        rows = {each.arms.second: (each.first, each.second, each.difference) for each in found}
        figure = two_arms(rows, metric, ("without augmentation", "with augmentation"))
    description = f"{metric.label} with and without augmentation; see the table"
    yield Words()
    yield Figures("augmentation", [("", description, figure)])
    yield arms_table(
        "With and without augmentation",
        study.judged,
        ("without", "with"),
        {metric.name: found},
        "Recipe",
        lambda each: each.arms.second,
    )


SECTION = Section("augmentation", _find, _blocks)
