"""Recipes against the best pixel baseline."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from pleura.evaluate.compare import compare
from pleura.report.classification import ClassifierFolder
from pleura.report.findings import Findings
from pleura.report.pixels import pixel_verdict, with_pixels

Make = Callable[..., Findings]
FOREST, LINEAR = "pixels: random forest", "pixels: logistic regression"


def said(findings: Findings) -> str:
    """The verdict with plain blanks."""
    return pixel_verdict(findings).replace("\u00a0", " ")


def test_leads_are_the_paired_comparison_of_the_two(
    contents: ClassifierFolder, findings: Findings
) -> None:
    table = contents.predictions
    for fraction in findings.fractions:
        assert findings.best_baseline(fraction) == FOREST
        for recipe in findings.recipes:
            rows = table[table["recipe"].isin([recipe, FOREST]) & (table["fraction"] == fraction)]
            (expected,) = compare(rows, reference=FOREST).to_dict("records")
            lead = findings.lead(recipe, fraction)
            found = [lead.value, lead.low, lead.high]
            assert found == pytest.approx([expected[c] for c in ("difference", "low", "high")])


def test_recipes_without_a_seed_in_common_have_no_lead(
    contents: ClassifierFolder, findings: Findings
) -> None:
    table = contents.predictions.query("fraction == 1.0 and (recipe != 'scratch' or seed == 0)")
    table = table[~table["recipe"].str.startswith("pixels") | (table["seed"] > 0)]
    found = with_pixels(replace(findings, fractions=(1.0,)), table)
    assert set(found.against_pixels["recipe"]) == {"fine-tuning", "feature extraction"}
    assert not found.shown_better(found.lead("scratch", 1.0))


def test_the_best_baseline_is_that_of_the_fraction(make_findings: Make) -> None:
    findings = make_findings(
        [("scratch", f, 0.9) for f in (0.1, 1.0)]
        + [(FOREST, 0.1, 0.8), (LINEAR, 0.1, 0.7), (FOREST, 1.0, 0.7), (LINEAR, 1.0, 0.8)]
    )
    assert [findings.best_baseline(f) for f in (0.1, 1.0)] == [FOREST, LINEAR]
    less = make_findings(
        [("a", 1.0, 0.5), (FOREST, 1.0, 0.7), (LINEAR, 1.0, 0.8)], metric="log_loss", reference="a"
    )
    assert less.best_baseline(1.0) == FOREST


@pytest.mark.parametrize(
    ("a", "b", "sentence"),
    [
        ((0.1, 0.05, 0.15), (0.2, 0.1, 0.3), ""),
        (
            (-0.02, -0.04, 0.001),
            (-0.015, -0.03, 0.006),
            "No recipe is shown to beat the pixel baseline “pixels: random forest” (.921 against "
            ".906 for b), at 10 % of the labels.",
        ),
        (
            (-0.02, -0.04, -0.001),
            (-0.015, -0.03, -0.006),
            "The pixel baseline “pixels: random forest” beats every recipe (.921 against "
            ".906 for b), at 10 % of the labels.",
        ),
        (
            (0.02, 0.01, 0.03),
            (0.03, -0.01, 0.06),
            "The best recipe, b, is not shown to beat the pixel baseline “pixels: random forest” "
            "(.921 against .906 for b), at 10 % of the labels.",
        ),
        (
            (-0.02, -0.04, -0.001),
            (0.0, 0.0, 0.1),
            "No recipe is shown to beat the pixel baseline “pixels: random forest” (.921 against "
            ".906 for b), at 10 % of the labels.",
        ),
    ],
)
def test_each_claim(
    make_findings: Make,
    a: tuple[float, float, float],
    b: tuple[float, float, float],
    sentence: str,
) -> None:
    findings = make_findings(
        [("a", 0.1, 0.9), ("b", 0.1, 0.906), (FOREST, 0.1, 0.921)],
        against_pixels=[("a", 0.1, *a), ("b", 0.1, *b)],
        reference="a",
    )
    assert said(findings) == sentence


def test_less_log_loss_beats_pixels(make_findings: Make) -> None:
    values = [("a", 1.0, 0.5), (FOREST, 1.0, 0.7)]
    made = {"reference": "a", "metric": "log_loss"}
    better = make_findings(values, against_pixels=[("a", 1.0, -0.2, -0.3, -0.1)], **made)
    assert said(better) == (
        "It beats the pixel baseline “pixels: random forest” by 0.200 log-loss (0.100 to 0.300)."
    )
    worse = make_findings(values, against_pixels=[("a", 1.0, 0.2, 0.1, 0.3)], **made)
    assert said(worse).startswith("The pixel baseline “pixels: random forest” beats every recipe")


def test_several_fractions_share_a_claim(make_findings: Make) -> None:
    def at(*fractions: float) -> str:
        names = ("a", FOREST)
        return said(
            make_findings(
                [(name, f, 0.9) for f in fractions for name in names],
                against_pixels=[("a", f, 0.0, -0.1, 0.1) for f in fractions],
                reference="a",
            )
        )

    start = "No recipe is shown to beat the pixel baseline “pixels: random forest”"
    amount = "(.900 for it and a)"
    assert at(1.0) == f"{start} {amount}."
    assert (
        at(0.1, 1.0) == f"{start} {amount}, at 10 % of the labels, and {amount}, with all labels."
    )
    assert at(0.1, 0.2, 0.3, 1.0) == (
        f"{start} at 10 % of the labels, at 20 % of the labels, at 30 % of the labels "
        "and with all labels."
    )


def test_a_recipe_that_was_not_compared_is_not_shown(make_findings: Make) -> None:
    findings = make_findings([("a", 1.0, 0.99), (FOREST, 1.0, 0.6)], reference="a")
    assert isinstance(findings.against_pixels, pd.DataFrame)
    assert said(findings).startswith("No recipe is shown to beat")


def test_without_baselines_nothing_is_said(make_findings: Make) -> None:
    assert said(make_findings([("a", 1.0, 0.9)], reference="a")) == ""
