"""Recipes with and without augmentation."""

from collections.abc import Sequence

from pleura.evaluate.case_runs import ALL
from pleura.report.figures.forest import two_arms
from pleura.report.figures.fractions import against_sizes
from pleura.report.section import Blocks, Section, Words, unheaded
from pleura.report.sections.arms import Arms, arms_table, differences, find_arms
from pleura.report.segmentation import CasesStudy


def _blocks(study: CasesStudy, pairs: Sequence[Arms]) -> Blocks:
    contents, findings = study.recipes.contents, study.recipes.findings
    metric = findings.metric
    compared = differences(contents.test, findings, pairs, metric.name, (ALL,))
    if len(findings.fractions) > 1:
        names = [(arms.first, arms.second) for arms in pairs]
        figure = against_sizes(contents.runs, findings, names)
    else:
        rows = {each.arms.second: each.drawn for each in compared}
        figure = two_arms(rows, metric, ("without augmentation", "with augmentation"))
    description = f"{metric.label} with and without augmentation; see the table"
    yield Words()
    yield unheaded("augmentation", description, figure)
    yield arms_table(
        "With and without augmentation",
        study.judged,
        ("without", "with"),
        {metric.name: compared},
        "Recipe",
        lambda each: each.arms.second,
    )


SECTION = Section(
    "augmentation",
    lambda study: find_arms(study.recipes.contents, study.recipes.findings, "augmented") or None,
    _blocks,
)
