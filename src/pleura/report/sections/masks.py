"""Recipes that were trained on different masks."""

from collections.abc import Iterator, Sequence

from pleura.evaluate.case_runs import ALL
from pleura.report.figures.forest import two_arms
from pleura.report.measures import AREA
from pleura.report.section import Blocks, Drawn, Figures, Section, Words
from pleura.report.sections.arms import Arms, Difference, arms_table, differences, find_arms, over
from pleura.report.segmentation import CasesStudy


def arm_names(arms: Arms) -> tuple[str, str]:
    """What the masks of both are called: the column, or that they are those of the study."""
    first, second = (value or "the study’s masks" for value in arms.values)
    # Other structures of the same column.
    return (first, second) if first != second else (arms.first, arms.second)


def _drawn(study: CasesStudy, of_areas: Sequence[Difference]) -> Iterator[Drawn]:
    largest = study.findings.fractions[-1]
    for arms in dict.fromkeys(each.arms for each in of_areas):
        rows = {
            over(each): each.drawn
            for each in of_areas
            if each.arms == arms and each.fraction == largest
        }
        if rows:
            first, second = arm_names(arms)
            names = (f"{arms.first} ({first})", f"{arms.second} ({second})")
            description = "False-positive area by the masks trained on; numbers in the table"
            heading = f"{arms.second} against {arms.first}"
            yield heading, description, two_arms(rows, study.judged.measures[AREA], names)


def _blocks(study: CasesStudy, pairs: Sequence[Arms]) -> Blocks:
    findings, test = study.recipes.findings, study.recipes.contents.test
    structures = (ALL, *findings.classes) if len(findings.classes) > 1 else (ALL,)
    by_measure = {
        measure: differences(test, findings, pairs, measure, structures)
        for measure in (AREA, "dice")
    }
    yield Words()
    yield Figures("masks", _drawn(study, by_measure[AREA]))
    for arms in pairs:
        yield arms_table(
            f"{arms.second} against {arms.first}",
            study.judged,
            arm_names(arms),
            {
                name: [one for one in every if one.arms == arms]
                for name, every in by_measure.items()
            },
            "Structure",
            over,
        )


SECTION = Section(
    "masks",
    lambda study: find_arms(study.recipes.contents, study.recipes.findings, "masks") or None,
    _blocks,
)
