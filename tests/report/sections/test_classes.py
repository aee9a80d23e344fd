"""The metrics of each class."""

from pleura.report.findings import Findings
from pleura.report.sections.classes import class_table


def test_class_table_has_a_row_for_each_recipe_and_class(findings: Findings) -> None:
    assert len(class_table(findings, 1.0).rows) == 5 * 3
