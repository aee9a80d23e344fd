"""Order and look-up of what was found."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from pleura.report.findings import Estimate, Findings, difference_told, in_words, with_quantity
from pleura.report.numbers import METRICS
from pleura.wording import interval


def test_best_first_baselines_last(make_findings: Callable[..., Findings]) -> None:
    findings = make_findings(
        [
            ("scratch", 1.0, 0.8),
            ("pixels: random forest", 1.0, 0.99),
            ("probe", 1.0, 0.9),
            ("scratch", 0.1, 0.9),
            ("pixels: random forest", 0.1, 0.7),
            ("probe", 0.1, 0.6),
        ]
    )
    assert list(findings.looks) == ["probe", "scratch", "pixels: random forest"]
    assert findings.recipes == ("probe", "scratch")
    assert findings.baselines == ("pixels: random forest",)
    assert findings.primary("probe", 0.1).value == 0.6
    assert np.isnan(findings.primary("absent", 0.1).value)


def test_lower_is_better_for_log_loss(make_findings: Callable[..., Findings]) -> None:
    findings = make_findings([("scratch", 1.0, 0.8), ("probe", 1.0, 0.3)], metric="log_loss")
    assert list(findings.looks) == ["probe", "scratch"]
    assert findings.merit("probe", 1.0) > findings.merit("scratch", 1.0)


def test_colours_do_not_follow_the_rank(make_findings: Callable[..., Findings]) -> None:
    once = make_findings([("scratch", 1.0, 0.8), ("a", 1.0, 0.9), ("b", 1.0, 0.7)])
    again = make_findings([("scratch", 1.0, 0.8), ("a", 1.0, 0.7), ("b", 1.0, 0.9)])
    assert list(once.looks) != list(again.looks)
    assert once.looks["a"] == again.looks["a"]


def test_values_are_scaled_as_their_metric_is_shown() -> None:
    metric = replace(METRICS["auroc"], shown_times=100)
    assert Estimate(0.5, 0.25, 0.75).scaled(metric) == Estimate(50, 25, 75)


def test_sentences_write_no_interval_that_says_nothing() -> None:
    wide = Estimate(0.0, -0.706, 0.706)
    auroc, untold = METRICS["auroc"], "too few patients or seeds to tell"
    assert in_words(wide, sign=True) == f"unknown ({untold})"
    assert difference_told(wide, auroc) == f"{untold} the difference in AUROC"
    told = Estimate(0.5, 0.05, 0.9)
    assert in_words(told) == f"unknown ({untold})"
    assert with_quantity(told, auroc) == f"AUROC unknown ({untold})"
    difference = difference_told(Estimate(0.02, -0.03, 0.07), auroc)
    assert difference == f"difference in AUROC +.020, {interval(-0.03, 0.07)}"
    assert in_words(told, sign=True).startswith("+.500 (.050")
    assert in_words(Estimate(0.4, 0.02, 0.9), line=0.95).startswith(".400 (.020")
