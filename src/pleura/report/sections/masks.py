"""Recipes that were trained on different masks."""

from collections.abc import Iterator, Mapping, Sequence

from pleura.evaluate.case_runs import ALL
from pleura.report.figures.forest import two_arms
from pleura.report.measures import AREA
from pleura.report.section import Block, Drawn, Figures, Section, Words
from pleura.report.sections.arms import Arms, Difference, arms_table, differences, find_arms, over
from pleura.report.segmentation import CasesFolder
from pleura.report.study import Study


def arm_names(arms: Arms) -> tuple[str, str]:
    """What the masks of both are called: the column, or that they are those of the study."""
    first, second = (value or "the study’s masks" for value in arms.values)
    # Other structures of the same column.
    return (first, second) if first != second else (arms.first, arms.second)


def _find(study: Study[CasesFolder]) -> Sequence[Arms]:
    return find_arms(study.recipes.contents, study.recipes.findings, "masks")


def _drawn(study: Study[CasesFolder], found: Sequence[Difference]) -> Iterator[Drawn]:
    largest = study.findings.fractions[-1]
    for arms in dict.fromkeys(each.arms for each in found):
        rows = {
            over(each): (each.first, each.second, each.difference)
            for each in found
            if each.arms == arms and each.fraction == largest
        }
        if rows:
            first, second = arm_names(arms)
            names = (f"{arms.first} ({first})", f"{arms.second} ({second})")
            description = "False-positive area by the masks trained on; numbers in the table"
            heading = f"{arms.second} against {arms.first}"
            yield heading, description, two_arms(rows, study.judged.measures[AREA], names)


def _blocks(study: Study[CasesFolder], pairs: Sequence[Arms]) -> Iterator[Block]:
    if not pairs:
        return
    findings = study.recipes.findings
    structures = (ALL, *findings.classes) if len(findings.classes) > 1 else (ALL,)
    test = study.recipes.contents.test
    found: Mapping[str, Sequence[Difference]] = {
        metric: differences(test, findings, pairs, metric, structures) for metric in (AREA, "dice")
    }
    yield Words()
    yield Figures("masks", _drawn(study, found[AREA]))
    for arms in pairs:
        yield arms_table(
            f"{arms.second} against {arms.first}",
            study.judged,
            arm_names(arms),
            {key: [each for each in rows if each.arms == arms] for key, rows in found.items()},
            "Structure",
            over,
        )


SECTION = Section("masks", _find, _blocks)
