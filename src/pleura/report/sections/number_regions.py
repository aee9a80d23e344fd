"""Whether a number may come from the frame of the image; by source nothing is asked of numbers."""

from pleura.evaluate.number_metrics import PEARSON
from pleura.evaluate.regions import by_region_of_numbers
from pleura.report.findings import MACRO, Findings, estimates
from pleura.report.numbers_folder import NumbersFolder
from pleura.report.section import Cautions, Section, naming_the_model
from pleura.report.sections.shortcuts import Shortcuts, blocks, warnings, warnings_of_model
from pleura.report.study import Study


def find_regions(contents: NumbersFolder, findings: Findings) -> Shortcuts:
    """Evaluate what the predictions of the largest fraction tell of frame and centre."""
    largest, level = findings.fractions[-1], findings.level
    table = by_region_of_numbers(contents.predictions, fraction=largest, level=level)
    regions = estimates(table.assign(**{"class": MACRO}), "recipe", "class", "shown")
    return Shortcuts(regions=regions, metric=PEARSON, guessing=0.0, subject="the number")


def _of_model_alone(study: Study[NumbersFolder]) -> Shortcuts:
    assert study.model
    return find_regions(study.model.contents, study.findings)


def _cautions(study: Study[NumbersFolder], regions: Shortcuts) -> Cautions:
    return warnings(regions, study.recipes.findings)


def _of_model(study: Study[NumbersFolder], _: Shortcuts) -> list[str]:
    model = study.evaluate(_of_model_alone)
    cautions = warnings_of_model(model, study.looks_at_the_model_alone())
    return naming_the_model(study, cautions)


SECTION = Section(
    "shortcuts",
    lambda study: study.with_the_model(find_regions),
    blocks,
    _cautions,
    _of_model,
    warns=30,
)
