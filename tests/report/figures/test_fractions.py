"""The primary metric against labels: together for few recipes, a panel each for many."""

from collections.abc import Callable

import numpy as np

from pleura.report.figures.canvas import house_style
from pleura.report.figures.fractions import TOGETHER, against_fractions
from pleura.report.findings import Findings
from pleura.report.looks import FAINT

MakeFindings = Callable[..., Findings]


def of_recipes(make_findings: MakeFindings, number: int) -> Findings:
    names = ["scratch", *(f"recipe {i}" for i in range(1, number)), "pixels: random forest"]
    values = [(n, f, 0.6 + 0.01 * i + 0.1 * f) for i, n in enumerate(names) for f in (0.05, 1.0)]
    return make_findings(values)


def test_few_recipes_share_a_panel(make_findings: MakeFindings) -> None:
    with house_style():
        assert len(against_fractions(of_recipes(make_findings, TOGETHER)).axes) == 1


def test_each_of_many_recipes_has_a_panel_on_the_same_axes(make_findings: MakeFindings) -> None:
    findings = of_recipes(make_findings, TOGETHER + 1)
    with house_style():
        figure = against_fractions(findings)
    names = [name for name in findings.looks if name != "scratch"]
    assert [axes.get_title(loc="left") for axes in figure.axes] == names
    assert len({(*axes.get_xlim(), *axes.get_ylim()) for axes in figure.axes}) == 1
    for axes, name in zip(figure.axes, names, strict=True):
        *others, reference, mine = axes.lines
        assert {line.get_color() for line in others} == {FAINT}
        assert len(others) == len(names) - 1
        assert reference.get_linestyle() == "--"
        for line, of in ((reference, "scratch"), (mine, name)):
            values = [findings.primary(of, fraction).value for fraction in findings.fractions]
            np.testing.assert_allclose(np.asarray(line.get_ydata(), dtype=float), values)
        (bars,) = axes.collections
        ends = np.asarray(bars.get_paths()[0].vertices, dtype=float)[:, 1]
        estimate = findings.primary(name, 0.05)
        np.testing.assert_allclose(ends, [estimate.low, estimate.high])


def test_names_that_differ_at_their_end_only_can_be_told_apart(make_findings: MakeFindings) -> None:
    ends = ("from ImageNet", "from random weights")
    names = ["scratch", *(f"curricular, easiest first, {end}" for end in ends), *"abcdef"]
    findings = make_findings([(name, f, 0.8) for name in names for f in (0.1, 1.0)])
    with house_style():
        figure = against_fractions(findings)
    titles = [axes.get_title(loc="left").replace("\n", " ") for axes in figure.axes]
    assert set(titles) == set(names) - {"scratch"}
