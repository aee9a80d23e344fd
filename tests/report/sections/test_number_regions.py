"""The section on where a number comes from: frame and centre, by correlation."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from matplotlib.text import Text

from pleura.evaluate.number_metrics import PEARSON
from pleura.evaluate.regions import LOST
from pleura.report.figures.canvas import house_style
from pleura.report.findings import MACRO, Estimate, Estimates, Findings
from pleura.report.looks import assign_looks
from pleura.report.sections.number_regions import find_regions
from pleura.report.sections.shortcuts import Shortcuts, region_figure, region_table, warnings
from tests.evaluate.test_regions import planted_numbers

SHOWN = ("whole", "centre", "frame", LOST)
TEXT = "The outer 15 % along every edge tells the number {}, and hiding it costs correlation: {} ("


def made(findings: Findings, *values: float) -> Shortcuts:
    """Of the reference what is told of each of `SHOWN`, each give or take .1."""
    regions: Estimates = {
        (findings.reference, MACRO, shown): Estimate(value, value - 0.1, value + 0.1)
        for shown, value in zip(SHOWN, values, strict=True)
    }
    return Shortcuts(regions=regions, metric=PEARSON, guessing=0.0, subject="the number")


def of_numbers(findings: Findings) -> Findings:
    return replace(findings, classes=())


def test_a_frame_that_tells_as_much_as_the_rest_is_serious(findings: Findings) -> None:
    (caution,) = warnings(made(findings, 0.9, 0.3, 0.8, 0.6), of_numbers(findings))
    assert caution.serious
    assert caution.text.startswith(
        TEXT.format("as much as the rest or more", findings.reference)
        + ".900 whole, .300 without it, .800 from it alone)"
    )


def test_a_frame_that_tells_less_is_not(findings: Findings) -> None:
    """A correlation of .3, which an AUROC of .3 would not be: 0 is guessing here."""
    (caution,) = warnings(made(findings, 0.9, 0.6, 0.3, 0.3), of_numbers(findings))
    assert not caution.serious
    assert caution.text.startswith(TEXT.format("better than guessing", findings.reference))


def test_what_the_frame_does_not_tell_or_cost_is_not_warned_of(findings: Findings) -> None:
    for values in ((0.9, 0.3, 0.05, 0.6), (0.9, 0.85, 0.8, 0.05)):
        assert not list(warnings(made(findings, *values), of_numbers(findings)))


def test_the_recipe_that_knows_the_frame_alone_is_named(findings: Findings) -> None:
    looks = assign_looks(["honest", "cheat"], [], "honest")
    its = replace(of_numbers(findings), looks=looks, fractions=(1.0,))
    contents = cast(Any, SimpleNamespace(predictions=planted_numbers()))
    (caution,) = warnings(find_regions(contents, its), its)
    assert caution.serious
    assert caution.text.startswith(TEXT.format("as much as the rest or more", "cheat"))
    assert "honest" not in caution.text


def test_table_and_figure_name_the_correlation_and_no_class(findings: Findings) -> None:
    shortcuts, its = made(findings, 0.9, -0.3, 0.8, 1.2), of_numbers(findings)
    table = region_table(shortcuts, its)
    assert table is not None
    assert table.title == "Correlation by the part of the image that is shown"
    assert [column.title for column in table.columns] == [
        *("Recipe", "Whole image", "Frame hidden", "Frame only", "Lost")
    ]
    assert {column.detail for column in table.columns[1:4]} == {"correlation"}
    assert table.rows[0][2].text == "\N{MINUS SIGN}.300"
    with house_style():
        figure = region_figure(shortcuts, its)
    assert figure is not None
    said = {text.get_text() for text in figure.findobj(Text)}
    assert "Correlation (upright line: guessing)" in said
