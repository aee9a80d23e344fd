"""The words for what a study tells, all over its page."""

from dataclasses import replace

from pleura.report.findings import Findings
from pleura.report.nouns import CLASS, FINDING, GRADE
from pleura.report.sections.classes import class_table


def test_a_noun_says_whether_an_image_has_one_only() -> None:
    assert (CLASS.every, CLASS.apart) == ("All classes", "the classes apart")
    assert (GRADE.column.title, GRADE.column.detail) == ("Grade", "against the rest")
    assert (FINDING.every, FINDING.apart) == ("All images", "the findings")


def test_tables_are_headed_by_the_noun(findings: Findings) -> None:
    for noun, title in ((CLASS, "Each class"), (FINDING, "Each finding")):
        table = class_table(replace(findings, noun=noun), 1.0)
        assert table.title == f"{title}, all labels"
        assert table.columns[1] == noun.column
