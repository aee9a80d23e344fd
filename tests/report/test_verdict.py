"""The verdict in words."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pleura.evaluate.case_metrics import FALSE_POSITIVE_AREA
from pleura.evaluate.metric import Metric
from pleura.evaluate.number_metrics import measures
from pleura.report.findings import Findings
from pleura.report.measures import measures as distances
from pleura.report.verdict import choice, headline, lines

Make = Callable[..., Findings]
TWO = [("scratch", 0.1, 0.8), ("fine-tuning", 0.1, 0.92)]


def said(findings: Findings) -> str:
    """The headline with plain blanks."""
    return headline(findings).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (
            (0.12, 0.09, 0.15, "better"),
            "fine-tuning beats scratch by .120 AUROC (.090 to .150), at 10 % of the labels.",
        ),
        (
            (-0.12, -0.15, -0.003, "worse"),
            "fine-tuning is worse than scratch by .120 AUROC (.003 to .150), "
            "at 10 % of the labels.",
        ),
        (
            (0.002, -0.004, 0.008, "as good"),
            "fine-tuning is at least as good as scratch, within a margin of .01, and not shown to "
            "be better "
            "(difference in AUROC +.002, −.004 to .008), at 10 % of the labels.",
        ),
        (
            (0.02, -0.03, 0.07, "no difference shown"),
            "No difference shown between fine-tuning and scratch "
            "(difference in AUROC +.020, −.030 to .070), at 10 % of the labels.",
        ),
        (
            (0.02, -0.6, 0.6, "no difference shown"),
            "No difference shown between fine-tuning and scratch "
            "(too few patients or seeds to tell the difference in AUROC), at 10 % of the labels.",
        ),
    ],
)
def test_each_verdict(
    make_findings: Make, difference: tuple[float, float, float, str], sentence: str
) -> None:
    assert said(make_findings(TWO, [("fine-tuning", 0.1, *difference)])) == sentence


def test_beside_no_difference_shown_stands_what_could_have_been_shown(make_findings: Make) -> None:
    recipes = ("a", "b", "c")
    findings = make_findings(
        [("scratch", 1.0, 0.8), *((name, 1.0, 0.81) for name in recipes)],
        [
            ("a", 1.0, 0.01, -0.02, 0.04, "no difference shown"),
            ("b", 1.0, 0.01, -0.03, 0.05, "no difference shown"),
            ("c", 1.0, 0.1, 0.05, 0.15, "better"),
        ],
    )

    def details(values: list[float]) -> dict[str, str]:
        table = findings.comparisons.assign(detectable=values)
        (line,) = lines(replace(findings, comparisons=table))
        return {group.verdict: group.detail for group in line.groups if group.members}

    at_least = "this study could have shown differences of"
    assert details([0.031, 0.0312, 0.2]) == {
        "better": "",
        "no difference shown": f"{at_least} .031 AUROC or more",
    }
    ranged = details([0.031, 0.045, 0.2])["no difference shown"]
    assert ranged == f"{at_least} .031 to .045 AUROC (by recipe) or more"
    nothing = float("nan")
    assert details([nothing, nothing, 0.2])["no difference shown"] == ""


@pytest.mark.parametrize(
    ("metric", "difference", "margin", "sentence"),
    [
        (
            measures("years", 10.0)["mae"],
            (-2.0, -3.5, -0.5, "better"),
            0.0,
            "fine-tuning beats scratch by 2.0 years in mean absolute error (0.5 to 3.5)",
        ),
        (
            measures("years", 10.0)["mae"],
            (0.5, -0.2, 1.2, "as good"),
            2.0,
            "fine-tuning is at least as good as scratch, within a margin of 2 years, and not shown "
            "to be better (difference in mean absolute error +0.5 years, −0.2 to 1.2)",
        ),
        (
            measures("years", 10.0)["mae"],
            (-0.5, -0.9, -0.1, "as good"),
            0.0,
            "fine-tuning is at least as good as scratch, and not shown to be better "
            "(difference in mean absolute error −0.5 years, −0.9 to −0.1)",
        ),
        (
            measures("", 10.0)["mae"],
            (-2.0, -3.5, -0.5, "better"),
            0.0,
            "fine-tuning beats scratch by 2.0 mean absolute error (0.5 to 3.5)",
        ),
        (
            distances("px")["hd95"],
            (3.2, 1.0, 5.0, "worse"),
            0.0,
            "fine-tuning is worse than scratch by 3.2 pixels in Hausdorff distance (1.0 to 5.0)",
        ),
        (
            FALSE_POSITIVE_AREA,
            (-0.3, -0.4, -0.2, "better"),
            0.0,
            "fine-tuning beats scratch by 0.30 % of the image in false-positive area "
            "(0.20 to 0.40)",
        ),
    ],
)
def test_a_unit_stands_with_its_number(
    make_findings: Make,
    metric: Metric,
    difference: tuple[float, float, float, str],
    margin: float,
    sentence: str,
) -> None:
    findings = make_findings(TWO, [("fine-tuning", 0.1, *difference)])
    found = said(replace(findings, metric=metric, margin=margin))
    assert found == f"{sentence}, at 10 % of the labels."


def test_the_value_of_one_recipe_has_its_unit(make_findings: Make) -> None:
    alone = make_findings([("scratch", 1.0, 4.2)], metric="log_loss")
    metric = replace(measures("years", 10.0)["mae"], name="log_loss")
    assert said(replace(alone, metric=metric)) == (
        "scratch reaches mean absolute error 4.2 years (4.2 to 4.2), with all labels; "
        "there is no other recipe to compare it with."
    )


def test_one_claim_is_told_once_for_several_fractions(make_findings: Make) -> None:
    findings = make_findings(
        [*TWO, ("scratch", 1.0, 0.9), ("fine-tuning", 1.0, 0.95)],
        [("fine-tuning", f, d, d - 0.03, d + 0.03, "better") for f, d in ((0.1, 0.12), (1, 0.05))],
    )
    assert said(findings) == (
        "fine-tuning beats scratch by .120 AUROC (.090 to .150), at 10 % of the labels, "
        "and by .050 AUROC (.020 to .080), with all labels."
    )


def test_of_many_fractions_the_ends_are_told(make_findings: Make) -> None:
    fractions = (0.01, 0.1, 0.3, 1.0)
    findings = make_findings(
        [(r, f, 0.8) for r in ("scratch", "probe") for f in fractions],
        [("probe", f, 0.02, 0.01, 0.03, "better") for f in fractions],
    )
    assert "1 %" in said(findings)
    assert "all labels" in said(findings)
    assert "30 %" not in said(findings)
    assert len(lines(findings)) == 4


def test_a_shown_result_goes_before_a_higher_one(make_findings: Make) -> None:
    findings = make_findings(
        [("scratch", 1.0, 0.8), ("steady", 1.0, 0.84), ("noisy", 1.0, 0.85)],
        [
            ("steady", 1.0, 0.04, 0.02, 0.06, "better"),
            ("noisy", 1.0, 0.05, -0.02, 0.12, "no difference shown"),
        ],
    )
    assert said(findings) == "steady beats scratch by .040 AUROC (.020 to .060)."


def test_baselines_are_no_winners(make_findings: Make) -> None:
    findings = make_findings(
        [*TWO, ("pixels: random forest", 0.1, 0.99)],
        [
            ("fine-tuning", 0.1, 0.12, 0.09, 0.15, "better"),
            ("pixels: random forest", 0.1, 0.19, 0.15, 0.22, "better"),
        ],
    )
    assert said(findings).startswith("fine-tuning beats")


def test_baselines_stand_by_themselves(make_findings: Make) -> None:
    findings = make_findings(
        [*TWO, ("pixels: random forest", 0.1, 0.81)],
        [
            ("fine-tuning", 0.1, 0.12, 0.09, 0.15, "better"),
            ("pixels: random forest", 0.1, 0.015, -0.006, 0.035, "as good"),
        ],
    )
    (line,) = lines(findings)
    assert [group.title for group in line.groups] == ["Better than scratch", "Pixel baselines"]
    pixels = line.groups[1]
    assert pixels.verdict not in ("better", "as good", "worse")
    assert pixels.detail == "difference to scratch"
    assert pixels.members == (("pixels: random forest", "+.015 (−.006\u00a0to\u00a0.035)"),)


def test_a_choice_by_the_test_part_is_owned_up_to(make_findings: Make) -> None:
    values = [("scratch", 1.0, 0.8), ("steady", 1.0, 0.84), ("noisy", 1.0, 0.85)]
    steady = ("steady", 1.0, 0.04, 0.02, 0.06, "better")
    best = make_findings(values, [steady, ("noisy", 1.0, 0.05, 0.02, 0.12, "better")])
    assert choice(best) == (
        "The recipe named first is the best of 3 on the test part; its interval is not adjusted "
        "for that choice."
    )
    second = make_findings(
        values, [steady, ("noisy", 1.0, 0.05, -0.02, 0.12, "no difference shown")]
    )
    assert "picked among 3 recipes by values on the test part" in choice(second)
    assert choice(make_findings(values[:2], [steady])) == ""
    assert choice(make_findings(values[:1])) == ""


def test_no_recipe_reaches_the_reference(make_findings: Make) -> None:
    findings = make_findings(
        [("scratch", 1.0, 0.9), ("a", 1.0, 0.7), ("b", 1.0, 0.8)],
        [("a", 1.0, -0.2, -0.3, -0.1, "worse"), ("b", 1.0, -0.1, -0.15, -0.05, "worse")],
    )
    assert said(findings) == (
        "No recipe reaches scratch: the next best, b, is worse by .100 AUROC (.050 to .150)."
    )


def test_less_log_loss_is_said_to_be_better_without_a_sign(make_findings: Make) -> None:
    findings = make_findings(
        [("scratch", 1.0, 0.8), ("probe", 1.0, 0.5)],
        [("probe", 1.0, -0.3, -0.4, -0.2, "better")],
        metric="log_loss",
    )
    assert said(findings) == "probe beats scratch by 0.300 log-loss (0.200 to 0.400)."


def test_a_single_recipe_is_reported_alone(make_findings: Make) -> None:
    findings = make_findings([("scratch", 1.0, 0.9)])
    assert said(findings).startswith("scratch reaches AUROC .900 (.880 to .920), with all labels;")


def test_lines_group_by_verdict_best_first(make_findings: Make) -> None:
    findings = make_findings(
        [("scratch", 0.1, 0.8), ("a", 0.1, 0.7), ("b", 0.1, 0.9)],
        [("a", 0.1, -0.1, -0.2, -0.05, "worse"), ("b", 0.1, 0.1, 0.05, 0.2, "better")],
    )
    (line,) = lines(findings)
    assert [group.title for group in line.groups] == ["Better than scratch", "Worse than scratch"]
    assert line.groups[0].members == (("b", "+.100 (.050\u00a0to\u00a0.200)"),)
    assert line.fraction == "10\u00a0% of the labels"
