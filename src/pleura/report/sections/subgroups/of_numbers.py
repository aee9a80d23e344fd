"""The section on subgroups of a study of numbers."""

import pandas as pd

from pleura.evaluate.number_runs import NumberRun, read_number_runs
from pleura.evaluate.numbers import ALL
from pleura.evaluate.subgroups import Measured, measured_numbers
from pleura.report.numbers_folder import NumbersFolder
from pleura.report.section import Blocks, Words
from pleura.report.sections.subgroups.section import blocks, section_of
from pleura.report.sections.subgroups.subgrouped import Subgrouped, find_by
from pleura.report.study import Study


def find_of_numbers(study: Study[NumbersFolder]) -> Subgrouped | None:
    """The subgroups of a study of numbers."""

    def measure(recipe: str, predictions: pd.DataFrame) -> Measured[NumberRun]:
        return measured_numbers(recipe, read_number_runs(predictions).runs)

    primary = study.findings.metric.name, ALL
    return find_by(study, study.contents.predictions, measure, primary)


def _blocks(study: Study[NumbersFolder], subgrouped: Subgrouped) -> Blocks:
    yield from blocks(study, subgrouped)
    yield Words("of_numbers")


SECTION = section_of(find_of_numbers, _blocks)
